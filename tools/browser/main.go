// Command browser prints the path of a Chromium-based browser, for the tests of the console:
//
//	go run ./tools/browser [-fonts]
//
// If there is none, it installs Debian's, which requires root and apt-get. With -fonts it also installs fonts with
// Chinese characters and emoji, which only screenshots need.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
)

// names are the names of such browsers on the PATH, and the path of one on macOS.
var names = []string{
	"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
}

func main() {
	fonts := flag.Bool("fonts", false, "install fonts with Chinese characters and emoji too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	path, err := locate(ctx, *fonts)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tools/browser:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}

func locate(ctx context.Context, fonts bool) (string, error) {
	if fonts {
		for _, font := range []struct{ has, pkg string }{{":lang=zh", "fonts-wqy-microhei"}, {":charset=1f4a1", "fonts-noto-color-emoji"}} {
			if exec.CommandContext(ctx, "sh", "-c", "fc-list "+font.has+" | grep -q .").Run() == nil {
				continue
			}
			if err := install(ctx, "fontconfig", font.pkg); err != nil {
				return "", fmt.Errorf("no font has the pages' characters, and %s could not be installed: %w", font.pkg, err)
			}
		}
	}
	if path := os.Getenv("FERMI_BROWSER"); path != "" {
		return path, nil
	}
	if path := find(); path != "" {
		return path, nil
	}
	if err := install(ctx, "chromium"); err != nil {
		return "", fmt.Errorf("the tests of the pages need a browser, and there is none of %s: %w; "+
			"install one, or name its path in FERMI_BROWSER", strings.Join(names, ", "), err)
	}
	if path := find(); path != "" {
		return path, nil
	}
	return "", fmt.Errorf("chromium was installed, but is not on the PATH")
}

func find() string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func install(ctx context.Context, packages ...string) error {
	if os.Getuid() != 0 {
		return fmt.Errorf("only root could install %s", strings.Join(packages, " "))
	}
	for _, args := range [][]string{
		{"update", "--quiet"},
		append([]string{"install", "--quiet", "--yes", "--no-install-recommends"}, packages...),
	} {
		command := exec.CommandContext(ctx, "apt-get", args...)
		command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		command.Stdout, command.Stderr = os.Stderr, os.Stderr
		if err := command.Run(); err != nil {
			return fmt.Errorf("apt-get %s: %w", strings.Join(args, " "), err)
		}
	}
	return nil
}
