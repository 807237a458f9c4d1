package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// jsonFlag is the flag --json, which prints to standard output, or --json=FILE.
type jsonFlag struct {
	on   bool
	file string
}

// IsBool tells kong that the flag's value is optional.
func (*jsonFlag) IsBool() bool { return true }

// Decode implements kong.MapperValue.
func (f *jsonFlag) Decode(ctx *kong.DecodeContext) error {
	f.on = true
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	switch v := ctx.Scan.Pop().String(); v {
	case "true", "false":
		f.on = v == "true"
	case "":
		return errors.New("want a file after the =")
	default:
		f.file = v
	}
	return nil
}

// outputs are the files that a replay writes in addition to the table.
type outputs struct{ json, plot, waits output }

// output is an output file. It is opened before the replay starts, so that an unwritable path fails early. An existing
// file keeps its contents until there is something to write. The zero value writes nothing.
type output struct {
	flag, path string
	file       *os.File // nil if no file was requested
	made       bool     // created by this run
	written    bool
}

func (c *replayCommand) openOutputs() (*outputs, error) {
	files := &outputs{}
	flags := map[string]string{} // by the file that they name
	for _, o := range []struct {
		flag, path string
		opened     *output
	}{{"--json", c.JSON.file, &files.json}, {"--plot", c.Plot, &files.plot}, {"--waits", c.Waits, &files.waits}} {
		if other, ok := flags[o.path]; ok && o.path != "" {
			files.discard()
			return nil, fmt.Errorf("%s and %s name the same file, %s", other, o.flag, o.path)
		}
		flags[o.path] = o.flag
		var err error
		if *o.opened, err = openOutput(o.flag, o.path); err != nil {
			files.discard()
			return nil, err
		}
	}
	return files, nil
}

// openOutput opens a file for writing. For an empty path it opens none.
func openOutput(flag, path string) (output, error) {
	o := output{flag: flag, path: path}
	if path == "" {
		return o, nil
	}
	var err error
	if o.file, err = os.OpenFile(path, os.O_WRONLY, 0); errors.Is(err, os.ErrNotExist) {
		o.file, err = os.Create(path)
		o.made = err == nil
	}
	if err != nil {
		return output{}, fmt.Errorf("%s: %w", flag, err)
	}
	return o, nil
}

func (o *output) write(content func(io.Writer) error) error {
	if o.file == nil {
		return nil
	}
	if info, err := o.file.Stat(); err == nil && info.Mode().IsRegular() {
		if err := o.file.Truncate(0); err != nil {
			return fmt.Errorf("%s: %w", o.flag, err)
		}
	}
	o.written = true
	if err := errors.Join(content(o.file), o.file.Close()); err != nil {
		return fmt.Errorf("%s %s: %w", o.flag, o.path, err)
	}
	return nil
}

// discard closes the files of a failed run and removes those that it created.
func (o *outputs) discard() {
	o.json.discard()
	o.plot.discard()
	o.waits.discard()
}

func (o *output) discard() {
	if o.file == nil || o.written {
		return
	}
	_ = o.file.Close()
	if o.made {
		_ = os.Remove(o.path)
	}
}
