//go:build linux

// Command forward carries TCP connections from one network namespace into another.
//
//	forward open LISTEN=TARGET ... -- COMMAND ARGUMENT ...
//	forward serve
//
// "open" listens on every LISTEN where it is started and then becomes COMMAND, which inherits the listening sockets.
// "serve", started by COMMAND or a descendant in whatever namespaces that is in by then, accepts on the sockets and
// dials TARGET from there. As long as one process keeps the sockets, "serve" can die and be started again: connections
// wait meanwhile.
package main

import (
	"errors"
	"fmt"
	"os"
)

// The environment variable that carries "fd=target,..." from "open" to "serve".
const variable = "SLIPWAY_FORWARD"

var errUsage = errors.New(`usage: forward open LISTEN=TARGET ... -- COMMAND ARGUMENT ...
       forward serve`)

func main() {
	err := run(os.Args[1:])
	if errors.Is(err, errUsage) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "forward:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return errUsage
	}
	switch rest := arguments[1:]; arguments[0] {
	case "open":
		return open(rest)
	case "serve":
		if len(rest) > 0 {
			return errUsage
		}
		return serve(os.Getenv(variable))
	}
	return errUsage
}
