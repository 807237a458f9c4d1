package simulator

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/httpapi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
)

// Error is a call that the simulator refused. Nothing was changed.
type Error struct {
	Op     string // what was tried, such as "fail node a100-9"
	Reason string // why, for programs: as the API's errors have it, such as NODE_NOT_FOUND
	Field  string // what it is about, by its name in the API; "" where it is about the whole call
	Text   string // why, for people, and what there is instead
}

func (e *Error) Error() string {
	where := ""
	if e.Field != "" {
		where = e.Field + ": "
	}
	return "simulator: " + e.Op + ": " + where + e.Text
}

// failed returns the error of a call, or nil if err is nil.
func failed(err error, op string) error {
	if err == nil {
		return nil
	}
	reason, field, text, refused := httpapi.Refused(err)
	if !refused {
		return fmt.Errorf("simulator: %s: %w", op, err)
	}
	var problems scenario.Problems
	if errors.As(err, &problems) && reason == api.ErrorReasonScenarioInvalid {
		text = problems.Error()
	}
	return &Error{Op: op, Reason: string(reason), Field: field, Text: text}
}

// notFound is like failed, for a call with a name. If nothing has that name, the error lists some names that exist.
func notFound(err error, op string, names []string) error {
	err = failed(err, op)
	var refused *Error
	if !errors.As(err, &refused) || !strings.HasSuffix(refused.Reason, "_NOT_FOUND") {
		return err
	}
	const most = 8
	switch n := len(names); {
	case n == 0:
		refused.Text += "; there are none"
	case n > most:
		refused.Text += fmt.Sprintf("; there are %s and %d more", strings.Join(names[:most], ", "), n-most)
	default:
		refused.Text += "; there are " + strings.Join(names, ", ")
	}
	return refused
}
