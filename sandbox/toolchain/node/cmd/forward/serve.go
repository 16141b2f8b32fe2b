//go:build linux

package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	dialTimeout = 10 * time.Second
	// The pause after a failed accept, which comes from a lack of descriptors and passes.
	acceptPause = 100 * time.Millisecond
)

// serve accepts on the inherited sockets for ever. It returns only on an error.
func serve(routes string) error {
	if routes == "" {
		return fmt.Errorf("%s is not set: nothing was opened", variable)
	}
	log.SetFlags(0)
	log.SetPrefix("forward: ")
	for _, route := range strings.Split(routes, ",") {
		number, target, _ := strings.Cut(route, "=")
		descriptor, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("%s: %q is not DESCRIPTOR=TARGET", variable, route)
		}
		syscall.CloseOnExec(descriptor)
		listener, err := net.FileListener(os.NewFile(uintptr(descriptor), route))
		if err != nil {
			return fmt.Errorf("descriptor %d, to %s: %w", descriptor, target, err)
		}
		go accept(listener, target)
	}
	select {}
}

func accept(listener net.Listener, target string) {
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Printf("to %s: %v", target, err)
			time.Sleep(acceptPause)
			continue
		}
		go relay(client.(*net.TCPConn), target)
	}
}

// relay connects the client with the target until both directions have ended. A target that does not answer is a
// reset for the client, as it would be without anything in between.
func relay(client *net.TCPConn, target string) {
	connection, err := net.DialTimeout("tcp", target, dialTimeout)
	if err != nil {
		reset(client)
		return
	}
	server := connection.(*net.TCPConn)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		carry(server, client)
	}()
	carry(client, server)
	<-sent
	client.Close()
	server.Close()
}

// carry copies one direction and passes its end on as an end of that direction alone, so that an answer may still come
// after the last byte of a request. A broken direction breaks the other one too.
func carry(to, from *net.TCPConn) {
	if _, err := io.Copy(to, from); err != nil {
		reset(to)
		reset(from)
		return
	}
	to.CloseWrite()
}

func reset(connection *net.TCPConn) {
	connection.SetLinger(0)
	connection.Close()
}
