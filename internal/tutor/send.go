package tutor

// send.go is the one place from which anything leaves.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"mcpaudit/internal/markup"
)

// bounds are those of one request. Tests make them small.
type bounds struct {
	connect time.Duration // to the first byte sent
	first   time.Duration // from there to the first byte back
	idle    time.Duration // between two pieces
	tries   int
	backoff time.Duration // before the second try, doubled for each further one
	wait    time.Duration // the longest that a service may ask to wait
	answer  int           // bytes of an answer
	body    int64         // bytes of all that a service sends
}

var standard = bounds{connect: 10 * time.Second, first: 60 * time.Second, idle: 30 * time.Second, tries: 3, backoff: time.Second, wait: 20 * time.Second, answer: 64 << 10, body: 8 << 20}

// limits are the bounds in force.
var limits = standard

// Answer is what a model answered. Its text is a stranger's: show it by Markdown or Plain.
type Answer struct {
	text string
	// Complete is unset where the answer broke off; Note says why, or why it is withheld.
	Complete bool
	Note     string
	Withheld bool
	Tokens   int     // of question and answer, as the service counts or as we guess
	Cost     float64 // in the user's currency, 0 where no price is set
}

// Markdown gives the answer as Markdown that does nothing.
func (a *Answer) Markdown() string { return markup.Untrusted(a.text) }

// Plain gives the answer for a terminal.
func (a *Answer) Plain() string { return markup.Visible(a.text, true, len(a.text)+1) }

// Send sends the conversation and waits for the answer. line is given each line of it as
// it is complete, made harmless for a terminal; it may be nil. Without consent to exactly
// this service, model and scope nothing is sent. Ending ctx ends it at once.
func (v *Conversation) Send(ctx context.Context, consent *Consent, budget *Budget, line func(string)) (*Answer, error) {
	if !consent.covers(v) {
		return nil, &Error{Kind: NoConsent, Text: "nothing was sent: you have not agreed to send this to " + v.endpoint.Host}
	}
	if v.messages[len(v.messages)-1].Role == "assistant" {
		return nil, errors.New("there is nothing to answer")
	}
	key, err := v.key()
	if err != nil {
		return nil, err
	}
	if err := budget.take(v.estimate()+v.settings.MaxAnswerTokens, v.settings.DailyTokens); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, v.settings.Timeout, errStalled)
	defer cancel()
	for try := 1; ; try++ {
		a, begun, wait, err := v.once(ctx, key, line)
		if err == nil {
			a.Cost = float64(a.Tokens) * v.settings.Price / 1e6
			budget.used(a.Tokens)
			if !a.Withheld {
				v.messages = append(v.messages, Message{"assistant", a.text})
			}
			return a, nil
		}
		err = v.explain(ctx, err)
		var e *Error
		if begun || try >= limits.tries || !errors.As(err, &e) || !e.retry() || wait > limits.wait {
			return nil, err
		}
		pause := limits.backoff << (try - 1)
		pause = max(pause+rand.N(pause/2+1), wait)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, v.explain(ctx, ctx.Err())
		}
	}
}

// estimate guesses the tokens of what is sent.
func (v *Conversation) estimate() int { return v.size()/3 + 50 }

// once tries once. begun says that something of the answer was shown, wait how long the
// service asks to wait.
func (v *Conversation) once(ctx context.Context, key string, line func(string)) (a *Answer, begun bool, wait time.Duration, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &wire{cancel: cancel, base: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: limits.connect}).DialContext,
		TLSHandshakeTimeout:   limits.connect,
		ResponseHeaderTimeout: limits.first,
		DisableKeepAlives:     true,
		ForceAttemptHTTP2:     true,
	}}
	c := openai.DefaultConfig(key)
	c.BaseURL = strings.TrimSuffix(v.endpoint.String(), "/")
	c.HTTPClient = &http.Client{Transport: w, CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect }}
	stream, err := openai.NewClientWithConfig(c).CreateChatCompletionStream(ctx, v.request())
	if err != nil {
		return nil, false, w.wait, fit(ctx, err)
	}
	defer stream.Close()
	r := &reading{conversation: v, line: line}
	for {
		piece, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			a, err := r.end(nil)
			return a, r.begun, 0, err
		case err != nil:
			a, err := r.end(fit(ctx, err))
			return a, r.begun, 0, err
		}
		if !r.take(&piece) {
			a, err := r.end(nil)
			return a, true, 0, err
		}
	}
}

// fit gives the cause for which we ended a request ourselves, if that is why it failed.
func fit(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && ctx.Err() != nil {
		if errors.Is(cause, errStalled) {
			return &Error{Kind: Stalled, Text: "the service has stopped answering: try again, or give it more time with tutor.timeout"}
		}
		return cause
	}
	return err
}

// request gives the request as it leaves. It names no tools: the model can do nothing.
func (v *Conversation) request() openai.ChatCompletionRequest {
	r := openai.ChatCompletionRequest{Model: v.settings.Model, StreamOptions: &openai.StreamOptions{IncludeUsage: true}}
	for _, m := range v.messages {
		r.Messages = append(r.Messages, openai.ChatCompletionMessage{Role: m.Role, Content: m.Text})
	}
	//lint:ignore SA1019 services other than OpenAI's own know the bound by this name alone
	r.MaxTokens = v.settings.MaxAnswerTokens
	if openai.NewReasoningValidator().Validate(r) != nil { // its newer models by the other
		//lint:ignore SA1019 as above
		r.MaxCompletionTokens, r.MaxTokens = r.MaxTokens, 0
	}
	return r
}

// reading gathers an answer.
type reading struct {
	conversation *Conversation
	line         func(string)
	text         strings.Builder
	shown        int // bytes of text that line was given
	begun        bool
	finish       openai.FinishReason
	tokens       int
	note         string
	withheld     bool
}

// take takes a piece of the answer; false ends it.
func (r *reading) take(piece *openai.ChatCompletionStreamResponse) bool {
	if piece.Usage != nil {
		r.tokens = piece.Usage.TotalTokens
	}
	if len(piece.Choices) == 0 {
		return true
	}
	c := &piece.Choices[0]
	if c.FinishReason != "" {
		r.finish = c.FinishReason
	}
	if c.Delta.Content == "" {
		return true
	}
	r.begun = true
	r.text.WriteString(strings.ToValidUTF8(c.Delta.Content, "\ufffd"))
	if r.conversation.leaks(r.text.String()) {
		r.withheld = true
		return false
	}
	if r.text.Len() > limits.answer {
		r.note = "The answer is longer than any that is shown, so it ends here."
		return false
	}
	r.show(false)
	return true
}

// show gives what is complete by lines.
func (r *reading) show(all bool) {
	text := r.text.String()
	to := strings.LastIndexByte(text, '\n') + 1
	if all {
		to = len(text)
	}
	if r.line == nil || to <= r.shown {
		return
	}
	part := text[r.shown:to]
	r.shown = to
	for l := range strings.Lines(part) {
		r.line(markup.Visible(strings.TrimRight(l, "\r\n"), false, len(l)+1))
	}
}

// end gives the answer as far as it came. An error before its beginning is one; later it
// is a note.
func (r *reading) end(err error) (*Answer, error) {
	v := r.conversation
	if r.withheld {
		return &Answer{Withheld: true, Tokens: r.count(), Note: "The answer is withheld, because it repeats the instructions of the tutor: text that is planted in code makes models do that. Read the code for text that speaks to a model."}, nil
	}
	a := &Answer{text: strings.TrimSpace(r.text.String()), Tokens: r.count(), Note: r.note}
	switch {
	case err != nil && a.text == "":
		return nil, err
	case errors.Is(err, context.Canceled):
		return nil, err // the reader has stopped it
	case err != nil:
		a.Note = "The answer broke off here: " + strings.TrimSuffix(v.explain(context.Background(), err).Error(), ".") + "."
	case a.text == "":
		return nil, &Error{Kind: Malformed, Text: v.endpoint.Host + " sent an answer without text: try again, or another model"}
	case r.finish == openai.FinishReasonLength:
		a.Note = "The answer ends here, because tutor.maxAnswerTokens allows no more."
	case r.finish == "" && a.Note == "":
		a.Note = "The answer broke off here: the connection ended before it did."
	}
	a.Complete = a.Note == ""
	r.show(true)
	return a, nil
}

// count gives the tokens that the service counted, or a guess.
func (r *reading) count() int {
	if r.tokens > 0 {
		return r.tokens
	}
	return r.conversation.estimate() + r.text.Len()/3
}

// leaks reports whether an answer repeats what the tutor was told: its token, however it
// is spaced, or one of its sentences.
func (v *Conversation) leaks(text string) bool {
	tight := strings.ToLower(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return markup.Hidden(r) || strings.ContainsRune(" \t\n-_.,*`'\"", r) }), ""))
	if strings.Contains(tight, strings.ToLower(strings.ReplaceAll(v.canary, "-", ""))) {
		return true
	}
	loose := strings.Join(strings.Fields(text), " ")
	for line := range strings.Lines(v.messages[0].Text) {
		line = strings.Join(strings.Fields(strings.TrimLeft(line, "- ")), " ")
		if len(line) >= 60 && strings.Contains(loose, line[:60]) {
			return true
		}
	}
	return false
}

// wire watches what goes over the network: how long it stays silent, how much comes, and
// what comes.
type wire struct {
	base   *http.Transport
	cancel context.CancelCauseFunc
	wait   time.Duration
}

// RoundTrip sends a request.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := w.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	w.wait = after(res.Header, time.Now())
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if res.StatusCode == http.StatusOK && kind != "text/event-stream" {
		res.Body.Close()
		if kind == "" {
			kind = "an unknown type"
		}
		return nil, &notStream{kind}
	}
	body := &watched{ReadCloser: res.Body, left: limits.body, cancel: w.cancel}
	body.timer = time.AfterFunc(limits.idle, func() { w.cancel(errStalled) })
	res.Body = body
	return res, nil
}

// watched is the body of an answer, bounded in bytes and in silence.
type watched struct {
	io.ReadCloser
	left   int64
	timer  *time.Timer
	cancel context.CancelCauseFunc
	closed atomic.Bool
}

// Read reads on.
func (b *watched) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooMuch
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if n > 0 && !b.closed.Load() {
		b.timer.Reset(limits.idle)
	}
	return n, err
}

// Close ends the watch.
func (b *watched) Close() error {
	b.closed.Store(true)
	b.timer.Stop()
	return b.ReadCloser.Close()
}

// Usage says what an answer took, in words.
func (a *Answer) Usage() string {
	if a.Cost > 0 {
		return fmt.Sprintf("%d tokens, %.4f", a.Tokens, a.Cost)
	}
	return fmt.Sprintf("%d tokens", a.Tokens)
}
