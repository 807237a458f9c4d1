package inflate_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/inflate"
)

func zipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTextsInProportion(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "short": "a", "two mebibytes of one letter": strings.Repeat("a", 2<<20), "varied": strings.Repeat("abc, 123; ", 1000),
	} {
		got, err := io.ReadAll(inflate.NewReader(bytes.NewReader(zipped(t, text))))
		if err != nil || string(got) != text {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func TestBombs(t *testing.T) {
	bomb := zipped(t, strings.Repeat("a", 64<<20))
	n, err := io.Copy(io.Discard, inflate.NewReader(bytes.NewReader(bomb)))
	var much *inflate.TooMuchError
	if !errors.As(err, &much) || n > max(2<<20, inflate.Times*int64(len(bomb))) {
		t.Errorf("%d bytes of %d, %v", n, len(bomb), err)
	}
	if _, err := io.ReadAll(inflate.NewReader(strings.NewReader("no gzip at all"))); !errors.Is(err, gzip.ErrHeader) {
		t.Errorf("what is no gzip: %v", err)
	}
}

// No input gives text out of proportion.
func FuzzReader(f *testing.F) {
	for _, text := range []string{"", "a", strings.Repeat("a", 4<<20), strings.Repeat("abc", 1<<20)} {
		f.Add(zipped(f, text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := io.Copy(io.Discard, inflate.NewReader(bytes.NewReader(data)))
		if n > max(2<<20, inflate.Times*int64(len(data))) {
			t.Errorf("%d bytes of %d, %v", n, len(data), err)
		}
	})
}
