//go:build linux

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
)

// Inherited sockets start here, far above what a shell or a daemon opens for itself.
const firstDescriptor = 100

// open listens, puts the sockets where "serve" expects them and becomes the command. It returns only on an error.
func open(arguments []string) error {
	end := slices.Index(arguments, "--")
	if end < 1 || end == len(arguments)-1 {
		return errUsage
	}
	command := arguments[end+1:]
	path, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	var routes []string
	for i, route := range arguments[:end] {
		address, target, ok := strings.Cut(route, "=")
		if !ok || target == "" {
			return fmt.Errorf("%s: not LISTEN=TARGET", route)
		}
		descriptor := firstDescriptor + i
		if err := listen(address, descriptor); err != nil {
			return err
		}
		routes = append(routes, fmt.Sprintf("%d=%s", descriptor, target))
	}
	return syscall.Exec(path, command, append(os.Environ(), variable+"="+strings.Join(routes, ",")))
}

// listen leaves a listening socket at the descriptor, without close-on-exec.
func listen(address string, descriptor int) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	if err := syscall.Dup3(int(file.Fd()), descriptor, 0); err != nil {
		return fmt.Errorf("%s: descriptor %d: %w", address, descriptor, err)
	}
	return nil
}
