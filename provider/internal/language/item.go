package language

import (
	"fmt"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// A Item is something that the cluster has, such as a dataset: its id, and its name where it has one. An alias is a name in
// another language than the user's: what the user writes is compared with it, but it is not shown.
type Item struct{ ID, Name, Alias string }

func (t Item) String() string {
	if t.Name == "" || t.Name == t.ID {
		return fermi.Printable(t.ID)
	}
	return fmt.Sprintf("%s (%s)", fermi.Printable(t.ID), fermi.Printable(t.Name))
}

func Items[T any](all []T, as func(T) Item) []Item {
	made := make([]Item, len(all))
	for i, one := range all {
		made[i] = as(one)
	}
	return made
}

// maxListed is how many names of a list a message has room for.
const maxListed = 10

// List lists things, and no more than fit a message.
func (v *Speaker) List(all []Item) string {
	names := make([]string, 0, min(len(all), maxListed)+1)
	for _, one := range all[:min(len(all), maxListed)] {
		names = append(names, one.String())
	}
	if more := len(all) - maxListed; more > 0 {
		names = append(names, v.Say(andMore, more))
	}
	if len(names) == 0 {
		return v.Say(None)
	}
	return strings.Join(names, ", ")
}
