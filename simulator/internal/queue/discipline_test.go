package queue

import "testing"

func TestDisciplinesByName(t *testing.T) {
	for _, d := range Disciplines() {
		if got, err := DisciplineByName(d.Name()); err != nil || got != d {
			t.Errorf("%s: got %v, %v", d.Name(), got, err)
		}
	}
	const want = `no queue discipline is named "lifo"; there are fifo, easy-backfill and shortest-job-first`
	if _, err := DisciplineByName("lifo"); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := EASYWith("longest"); err == nil {
		t.Error("no error for an unknown order of backfill")
	}
}
