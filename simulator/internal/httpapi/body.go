package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/inflate"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

// byteOrderMark may begin a text in UTF-8, where it has no meaning.
const byteOrderMark = "\ufeff"

// readBody reads a body of one of these media types and drops a byte order mark. The journal shows the body inflated.
func readBody(r *http.Request, types ...string) ([]byte, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(types, media) {
		return nil, &badRequest{
			status: http.StatusUnsupportedMediaType, reason: api.ErrorReasonUnsupportedMediaType,
			details: map[string]any{"contentType": r.Header.Get("Content-Type"), "allowed": types},
		}
	}
	if coding := codingOf(r); coding != "" && coding != "gzip" {
		return nil, &badRequest{
			status: http.StatusUnsupportedMediaType, reason: api.ErrorReasonUnsupportedContentEncoding,
			details: map[string]any{"contentEncoding": coding, "allowed": []string{"gzip", "identity"}},
		}
	}
	body, err := readAll(r)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, overLimit(tooLarge.Limit)
	}
	var tooMuch *inflate.TooMuchError
	if errors.As(err, &tooMuch) {
		return nil, bad(api.ErrorReasonInvalidBody, "", map[string]any{"error": text.InflatesTooMuch(inflate.Times)})
	}
	if err != nil {
		return nil, bad(api.ErrorReasonInvalidBody, "", map[string]any{"error": err.Error()})
	}
	body = bytes.TrimPrefix(body, []byte(byteOrderMark))
	if media == "application/json" {
		err = checkSurrogates(body)
	}
	if err != nil {
		return nil, err
	}
	return body, nil
}

// overLimit returns the error of a text that is longer than so many bytes.
func overLimit(limit int64) error {
	return &badRequest{
		status: http.StatusRequestEntityTooLarge, reason: api.ErrorReasonBodyTooLarge,
		details: map[string]any{"limit": limit, "mebibytes": limit >> 20},
	}
}

// checkSurrogates refuses a JSON text with half of a surrogate pair.
func checkSurrogates(body []byte) error {
	half := loneSurrogate(body)
	if half == "" {
		return nil
	}
	return invalidJSON(text.LoneSurrogate(half))
}

// readAll reads a body. If its length is declared, it reads into one buffer of that size, which takes less than half the memory of
// io.ReadAll. A length that is declared and never sent costs address space only: the system maps memory on first use.
func readAll(r *http.Request) ([]byte, error) {
	if r.ContentLength <= 0 || codingOf(r) != "" {
		return io.ReadAll(r.Body)
	}
	body := bytes.NewBuffer(make([]byte, 0, min(r.ContentLength, bodyLimit(r))+bytes.MinRead))
	_, err := body.ReadFrom(r.Body)
	return body.Bytes(), err
}

// codingOf returns the coding of a request's body, in lower case; "" for none.
func codingOf(r *http.Request) string {
	coding := strings.ToLower(strings.TrimSpace(strings.Join(r.Header.Values("Content-Encoding"), ", ")))
	switch coding {
	case "identity":
		return ""
	case "x-gzip": // an old name of it (RFC 9110, section 8.4.1.3)
		return "gzip"
	}
	return coding
}

// inflatedBody is a body in gzip, which is read inflated.
type inflatedBody struct {
	io.ReadCloser
	inflater *inflate.Reader
}

func inflated(body io.ReadCloser) io.ReadCloser {
	return &inflatedBody{body, inflate.NewReader(body)}
}

func (b *inflatedBody) Read(p []byte) (int, error) { return b.inflater.Read(p) }

// loneSurrogate returns the first \u escape of a JSON text that is half of a surrogate pair without the other half, and "" if
// there is none. encoding/json would replace it by U+FFFD and so change the text.
func loneSurrogate(body []byte) string {
	for i := 0; i+1 < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++ // whatever it escapes
		first, ok := escaped(body[i:])
		if !ok || first < 0xd800 || first > 0xdfff {
			continue
		}
		rest := body[i+5:]
		if first <= 0xdbff && len(rest) > 0 && rest[0] == '\\' {
			if second, ok := escaped(rest[1:]); ok && second >= 0xdc00 && second <= 0xdfff {
				i += 10
				continue
			}
		}
		return `\` + string(body[i:i+5])
	}
	return ""
}

// escaped reads the number of uXXXX, the part of an escape after the backslash. ok is false for anything else.
func escaped(text []byte) (uint64, bool) {
	if len(text) < 5 || text[0] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(string(text[1:5]), 16, 16)
	return v, err == nil
}

// normalizeIntegers rewrites whole numbers such as 4.0 and 40e-1 as 4. For JSON Schema they are integers, but encoding/json
// refuses them. A text that is not JSON stays invalid.
func normalizeIntegers(body []byte) []byte {
	var out []byte
	copied := 0
	for i := 0; i < len(body); {
		switch c := body[i]; {
		case c == '"':
			for i++; i < len(body) && body[i] != '"'; i++ {
				if body[i] == '\\' {
					i++
				}
			}
			i++
		case c == '-' || c >= '0' && c <= '9':
			start := i
			for i < len(body) && strings.IndexByte("+-.0123456789eE", body[i]) >= 0 {
				i++
			}
			if whole, ok := normalizeInteger(string(body[start:i])); ok {
				out = append(append(out, body[copied:start]...), whole...)
				copied = i
			}
		default:
			i++
		}
	}
	if copied == 0 {
		return body
	}
	return append(out, body[copied:]...)
}

// normalizeInteger writes a number that has a fraction or an exponent without them, where its value is whole and an int64 holds
// it.
func normalizeInteger(number string) (string, bool) {
	if !strings.ContainsAny(number, ".eE") || !json.Valid([]byte(number)) {
		return "", false
	}
	mantissa, power, _ := strings.Cut(strings.ToLower(number), "e")
	exponent := 0
	if power != "" {
		var err error
		if exponent, err = strconv.Atoi(power); err != nil {
			return "", false
		}
	}
	sign := ""
	if mantissa[0] == '-' {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return "0", true
	}
	significant := strings.TrimRight(digits, "0")
	zeros := len(digits) - len(significant) - len(fraction)
	const most = 18 // digits that always fit
	if exponent > most || exponent < -len(digits)-most || zeros+exponent < 0 || len(significant)+zeros+exponent > most {
		return "", false
	}
	return sign + significant + strings.Repeat("0", zeros+exponent), true
}
