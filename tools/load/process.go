package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// process is a running fermi-simulator.
type process struct {
	cmd    *exec.Cmd
	url    string
	client *http.Client
	log    *bytes.Buffer
	ready  time.Duration // from its start until /readyz succeeded
}

// start starts fermi-simulator serve and waits until it is ready. It logs only warnings, since logging every request
// would slow it down.
func start(ctx context.Context, simulator string, args ...string) (*process, error) {
	p := &process{
		cmd: exec.CommandContext(ctx, simulator, append([]string{"serve", "--listen", "127.0.0.1:0", "--log-level", "warn"}, args...)...),
		// Enough connections for all concurrent requests.
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: inFlight}},
		log:    &bytes.Buffer{},
	}
	p.cmd.Stderr = p.log
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the simulator (make build builds it): %w", err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		return nil, errors.Join(fmt.Errorf("the simulator said %q and %s", line, p.log), p.cmd.Wait())
	}
	p.url = url
	answer, err := p.client.Get(url + "/readyz")
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	defer func() { _ = answer.Body.Close() }()
	p.ready = time.Since(began)
	if answer.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("/readyz says %s", answer.Status), p.stop())
	}
	return p, nil
}

// stop ends the process. It returns an error if the process logged anything, since it should have no reason for a
// warning.
func (p *process) stop() error {
	p.client.CloseIdleConnections()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("the simulator ended with %w: %s", err, p.log)
	}
	if p.log.Len() > 0 {
		return fmt.Errorf("the simulator logged %s", p.log)
	}
	return nil
}
