package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// Whatever fails to load at first is loaded later. Until then the page makes no false claims, and afterwards it shows no
// errors.
func TestLoadsHeal(t *testing.T) {
	for name, fault := range map[string]string{
		"one 503 of the environments": `{"method":"GET","path":"/api/v1/dev-environments","status":503,"count":3}`,
		"a cut connection":            `{"method":"GET","path":"/api/v1/availability-zones","cut":"before","count":2}`,
		"one in five":                 `{"status":503,"probability":0.2}`,
		"half":                        `{"method":"GET","status":500,"probability":0.5}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			// On a connection that it has used before, the browser would repeat a request by itself, and the page would know nothing of it.
			s.server.Config.SetKeepAlivesEnabled(false)
			s.Tolerate("status of 50|ERR_EMPTY_RESPONSE|ERR_CONNECTION|ERR_INCOMPLETE")
			call[any](s, "POST", "/sim/v1/faults", fault)
			s.Before(`addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
				if (!document.querySelector("#no-environment").hidden) window.browsertestClaimed = true;
				if (!document.querySelector("#problem").hidden) window.browsertestProblem = true;
			}).observe(document.body, { subtree: true, attributes: true, childList: true }))`)
			s.Go(createPage)
			s.WaitText("#environment-list", "llm-training-env")
			s.WaitText("#running-count", "3")
			s.WaitText("#summary", "北京可用区A")
			s.Wait(`document.querySelector("#dataset").options.length === 4 && document.querySelector("#model").options.length === 4`)
			s.Wait(`document.querySelectorAll(".skeleton").length === 0 && document.querySelector("#message").hidden`)
			if strings.Contains(fault, "count") {
				equal(t, "the page said what was wrong", browsertest.Eval[any](s.Tab, "window.browsertestProblem"), any(true))
			}
			equal(t, "the page claimed that none runs", browsertest.Eval[any](s.Tab, "window.browsertestClaimed ?? null"), nil)
		})
	}
}

// Before the first response the page shows placeholders, and can already be used.
func TestNothingIsClaimedBeforeAnAnswer(t *testing.T) {
	s := open(t)
	s.Tolerate("status of 503")
	call[any](s, "POST", "/sim/v1/faults", `{"path":"/api/v1/dev-environments","status":503}`)
	s.Go(createPage)
	s.WaitText("#problem", "正在重试")
	equal(t, "in grey", browsertest.Eval[int](s.Tab, `document.querySelectorAll("#environment-list .skeleton").length`), 3)
	equal(t, "said of environments", s.Text("#running-count"), "")
	equal(t, "that none runs", browsertest.Eval[bool](s.Tab, `document.querySelector("#no-environment").checkVisibility()`), false)
	s.Click("#mode-dynamic")
	s.Click(`#zone-list [value="az-sh-a"]`)
	call[any](s, "DELETE", "/sim/v1/faults", "")
	s.WaitText("#running-count", "3")
	// What the user has selected meanwhile is kept.
	s.WaitText("#summary", "上海可用区A")
	s.Wait(`document.querySelector("#message").hidden`)
}

// A stream that is silent for 45 seconds counts as lost. The page says so, reconnects, and loads what it missed.
func TestSilentStream(t *testing.T) {
	s := open(t)
	var streams atomic.Int64
	release := make(chan struct{})
	simulated := s.server.Config.Handler
	s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/events" || streams.Add(1) > 1 {
			simulated.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
		case <-release:
		}
	})
	t.Cleanup(func() { close(release) })
	// Only this timer is that long. It expires when the test says so.
	s.Before(`{
		const wait = setTimeout;
		window.setTimeout = (f, milliseconds, ...rest) => {
			if (milliseconds === 45000) window.browsertestSilent = f;
			return wait(f, milliseconds, ...rest);
		};
	}`)
	s.Go("/training-jobs")
	s.WaitText("#jobs-none", "没有训练任务")
	s.create("meanwhile", "az-bj-a", "A100", 1)
	equal(t, "the list, as long as the stream is silent", browsertest.Eval[bool](s.Tab,
		`document.querySelector("#jobs").textContent.includes("meanwhile")`), false)
	browsertest.Eval[any](s.Tab, `{
		const connection = document.querySelector("#connection");
		new MutationObserver(() => { if (!connection.hidden) window.browsertestLost = connection.textContent; })
			.observe(connection, { attributes: true, childList: true });
		window.browsertestSilent();
	}`)
	s.WaitText("#jobs", "meanwhile")
	equal(t, "what the page said", browsertest.Eval[string](s.Tab, "window.browsertestLost"), "连接中断，重试中…")
	s.Wait(`document.querySelector("#connection").hidden`)
	s.create("later", "az-bj-a", "A100", 1)
	s.WaitText("#jobs", "later")
}

// A token that no header can contain is rejected with an explanation and not sent.
func TestTokenThatCannotBeSent(t *testing.T) {
	s := open(t, func(o *simulator.Options) { o.Token = "the-token" })
	s.Tolerate("status of 401")
	for _, token := range []string{"令牌", "the-token\u0007", "the-token\u2019"} {
		s.Go("/training-jobs")
		s.WaitText("#token-dialog", "需要访问令牌")
		browsertest.Eval[any](s.Tab, fmt.Sprintf(`{
			document.querySelector("#token").value = %s;
			document.querySelector("#token-dialog .primary").click();
		}`, browsertest.Quoted(token)))
		s.WaitText("#token-error", "无法发送")
	}
	// The same applies to one that is already stored in the session.
	browsertest.Eval[any](s.Tab, `{
		sessionStorage.setItem("fermi-token", "令牌");
		document.querySelector("#token-error").textContent = ""; // from before
		location.reload();
	}`)
	s.WaitText("#token-error", "无法发送")
	s.Fill("#token", "the-token")
	s.Press("\r")
	s.WaitText("#jobs-none", "没有训练任务")
}

// All tabs share a session: a new tab doesn't ask for the token, and signing out affects all.
func TestTabsShareTheToken(t *testing.T) {
	s := open(t, func(o *simulator.Options) { o.Token = "the-token" })
	s.Tolerate("status of 401")
	s.Go("/training-jobs")
	waiting := s.Beside()
	waiting.Tolerate("status of 401")
	waiting.Go(createPage)
	waiting.WaitText("#token-dialog", "需要访问令牌")
	s.WaitText("#token-dialog", "需要访问令牌")
	s.Fill("#token", "the-token")
	s.Press("\r")
	s.WaitText("#jobs-none", "没有训练任务")
	waiting.WaitText("#environment-list", "pytorch-dev-env") // which has asked already
	fresh := s.Beside()
	fresh.Go("/training-jobs")
	fresh.WaitText("#jobs-none", "没有训练任务")
	fresh.Click("#sign-out")
	for _, tab := range []*browsertest.Tab{s.Tab, waiting, fresh} {
		tab.WaitText("#token-dialog", "需要访问令牌")
		equal(t, "token kept", browsertest.Eval[string](tab, `{
			const kept = {...sessionStorage, ...localStorage};
			delete kept["fermi-jobs-view"]; // the view of the list
			JSON.stringify(kept) + document.cookie;
		}`), "{}")
	}
}

// A page is in the selected language even if its request was sent before the choice. It reloads only once.
func TestLanguageThatWasOvertaken(t *testing.T) {
	s := open(t)
	s.Go("/training-jobs")
	s.WaitText("#jobs-none", "没有训练任务")
	var pages atomic.Int64
	var never atomic.Bool
	simulated := s.server.Config.Handler
	s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/training-jobs" && (pages.Add(1) == 1 || never.Load()) {
			r.Header.Del("Cookie")
		}
		simulated.ServeHTTP(w, r)
	})
	s.Choose("#language", "en")
	s.WaitText("#jobs-none", "No training task")
	equal(t, "requests", pages.Load(), int64(2))
	never.Store(true)
	s.Go("/training-jobs")
	s.WaitText("#jobs-none", "没有训练任务")
	s.Wait(`sessionStorage.getItem("fermi-language-again") === null`)
	equal(t, "requests, where no cookie arrives", pages.Load(), int64(4))
}
