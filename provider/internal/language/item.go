package language

import (
	"fmt"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// An Item is something that the cluster has, such as a dataset: its id, and its name if it has one. An Alias is a name in
// another language than the user's: it is compared with what the user wrote, but not shown.
type Item struct{ ID, Name, Alias string }

func (t Item) String() string {
	if t.Name == "" || t.Name == t.ID {
		return fermi.Printable(t.ID)
	}
	return fmt.Sprintf("%s (%s)", fermi.Printable(t.ID), fermi.Printable(t.Name))
}

// Items converts a list to items.
func Items[T any](all []T, as func(T) Item) []Item {
	made := make([]Item, len(all))
	for i, one := range all {
		made[i] = as(one)
	}
	return made
}

// maxListed bounds how many items a message lists.
const maxListed = 10

// List lists items, and at most maxListed of them.
func (s *Speaker) List(all []Item) string {
	names := make([]string, 0, min(len(all), maxListed)+1)
	for _, one := range all[:min(len(all), maxListed)] {
		names = append(names, one.String())
	}
	if more := len(all) - maxListed; more > 0 {
		names = append(names, s.Say(andMore, more))
	}
	if len(names) == 0 {
		return s.Say(None)
	}
	return strings.Join(names, ", ")
}
