package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
)

// listen opens the sockets for an address: one, or several if a host name stands for several addresses. If other
// machines can connect, a token is required.
func listen(address, token string) ([]net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w; want HOST:PORT", address, err)
	}
	hosts := []string{host}
	switch {
	case strings.EqualFold(host, "localhost"):
		// Some clients try only one address family.
		hosts = []string{"127.0.0.1", "::1"}
	case token == "":
		if hosts = loopbacks(host); hosts == nil {
			return nil, fmt.Errorf("--listen %s is open to other machines, which needs a --token; or listen on 127.0.0.1", address)
		}
	}
	return listenAll(hosts, port)
}

// loopbacks returns the addresses of a host if all are loopback addresses, else nil. Listening on these addresses, and
// not on the name, ensures that later name lookups can't expose the server.
func loopbacks(host string) (addresses []string) {
	if host == "" {
		return nil
	}
	ips, err := net.LookupIP(host)
	if err != nil {
		return nil
	}
	for _, ip := range ips {
		if !ip.IsLoopback() {
			return nil
		}
		addresses = append(addresses, ip.String())
	}
	return addresses
}

// listenAll listens on the same port of all hosts. For port 0 it chooses a free port.
func listenAll(hosts []string, port string) ([]net.Listener, error) {
	var err error
	for range 10 { // a port that is free in one address family may be taken in the other
		var listeners []net.Listener
		chosen := port
		for _, host := range hosts {
			var l net.Listener
			l, err = net.Listen("tcp", net.JoinHostPort(host, chosen))
			if err != nil && len(hosts) > 1 && (errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT)) {
				continue // the machine doesn't support this address family
			}
			if err != nil {
				break
			}
			listeners = append(listeners, l)
			if tcp, ok := l.Addr().(*net.TCPAddr); ok {
				chosen = strconv.Itoa(tcp.Port)
			}
		}
		if len(listeners) > 0 && (err == nil || !errors.Is(err, syscall.EADDRINUSE)) {
			return listeners, nil
		}
		for _, l := range listeners {
			_ = l.Close()
		}
		if chosen == port {
			break
		}
	}
	return nil, fmt.Errorf("--listen: %w", err)
}
