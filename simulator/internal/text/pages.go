package text

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// texts has a Chinese and an English text for each key.
//
//go:embed texts.json
var texts []byte

// Pages returns the texts of the web pages, by language and key. The error says that texts.json is malformed.
func Pages() (map[Language]map[string]string, error) {
	var pairs map[string][2]string
	if err := json.Unmarshal(texts, &pairs); err != nil {
		return nil, fmt.Errorf("texts.json: %w", err)
	}
	pages := map[Language]map[string]string{}
	for _, l := range Languages() {
		pages[l] = make(map[string]string, len(pairs))
		for key, pair := range pairs {
			pages[l][key] = Message{pair[0], pair[1]}.In(l)
		}
	}
	return pages, nil
}
