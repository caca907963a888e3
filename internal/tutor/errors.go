package tutor

// errors.go says what went wrong with a service, and what to do about it.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"mcpaudit/internal/markup"
)

// Kind says what went wrong.
type Kind string

// The kinds of error.
const (
	NotSet       Kind = "not set"        // no service or model, or an address that is not used
	NoKey        Kind = "no key"         // none is set, or the service wants one
	NoConsent    Kind = "no consent"     // the reader has not agreed
	Refused      Kind = "refused"        // the service does not serve this key, or sends elsewhere
	UnknownModel Kind = "unknown model"  // the service has no such model
	Overloaded   Kind = "overloaded"     // too many requests, or the quota is used up
	Failed       Kind = "failed"         // an error within the service
	Unreachable  Kind = "unreachable"    // no answer from the address
	Stalled      Kind = "stalled"        // no answer in time
	TooLong      Kind = "too long"       // more than the model takes
	Malformed    Kind = "malformed"      // no answer of the protocol
	Spent        Kind = "budget is used" // the day's tokens are used up
)

// Error is what went wrong, in words for the reader.
type Error struct {
	Kind Kind
	Text string // what, and what to do; text of the service in it is made visible

	cause error
}

// Error gives the words.
func (e *Error) Error() string { return e.Text }

// retry reports whether another try may go better.
func (e *Error) retry() bool {
	return e.Kind == Overloaded || e.Kind == Failed || e.Kind == Unreachable && !errors.Is(e.cause, syscall.ECONNREFUSED) // nobody is there
}

// The causes for which a request is ended by ourselves.
var (
	errStalled  = errors.New("no answer in time")
	errRedirect = errors.New("redirected")
	errTooMuch  = errors.New("the answer is too long")
)

// notStream is an answer that is no stream of events.
type notStream struct{ kind string }

func (e *notStream) Error() string { return "an answer of type " + e.kind }

// explain turns an error of the library or of the network into one for the reader.
func (v *Conversation) explain(ctx context.Context, err error) error {
	var already *Error
	switch {
	case errors.As(err, &already):
		return already
	case errors.Is(context.Cause(ctx), errStalled):
		return &Error{Kind: Stalled, Text: fmt.Sprintf("%s did not answer in time: try again, or give it more with tutor.timeout", v.endpoint.Host)}
	case ctx.Err() != nil:
		return ctx.Err() // the reader has stopped it
	}
	var api *openai.APIError
	var request *openai.RequestError
	status, said := 0, ""
	switch {
	case errors.As(err, &api):
		status, said = api.HTTPStatusCode, api.Message
		if code, ok := api.Code.(string); ok && code != "" {
			said += " (" + code + ")"
		}
	case errors.As(err, &request):
		status, said = request.HTTPStatusCode, string(request.Body)
	}
	if status != 0 || api != nil {
		return v.ofStatus(status, said)
	}
	var stream *notStream
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var network net.Error
	var address *url.Error
	switch {
	case errors.Is(err, errRedirect):
		return &Error{Kind: Refused, Text: fmt.Sprintf("%s sends the request on to another address, which is not followed: your code goes nowhere but to tutor.endpoint", v.endpoint.Host)}
	case errors.Is(err, errTooMuch):
		return &Error{Kind: Malformed, Text: fmt.Sprintf("%s sends more than any answer has: the rest is not read", v.endpoint.Host)}
	case errors.As(err, &stream):
		return &Error{Kind: Malformed, Text: fmt.Sprintf("%s answered with %s and not with a stream of events: is tutor.endpoint the address of an OpenAI-compatible service, with /v1 where it wants that?", v.endpoint.Host, visible(stream.kind))}
	case errors.As(err, &syntax), errors.As(err, &kind), errors.Is(err, openai.ErrTooManyEmptyStreamMessages):
		return &Error{Kind: Malformed, Text: fmt.Sprintf("%s answered with something that is no answer of the protocol: %s", v.endpoint.Host, visible(err.Error()))}
	case errors.As(err, &network) && network.Timeout():
		return &Error{Kind: Stalled, Text: fmt.Sprintf("%s did not answer in time: try again, or give it more with tutor.timeout", v.endpoint.Host)}
	case errors.As(err, &address):
		return &Error{Unreachable, fmt.Sprintf("%s cannot be reached: %s. Is the service running, and is tutor.endpoint right?", v.endpoint.Host, visible(address.Err.Error())), address.Err}
	}
	return &Error{Kind: Failed, Text: fmt.Sprintf("%s failed: %s", v.endpoint.Host, visible(err.Error()))}
}

// ofStatus explains an error that the service has answered with.
func (v *Conversation) ofStatus(status int, said string) error {
	host, model := v.endpoint.Host, markup.Plain(v.settings.Model)
	said = visible(said)
	if said != "" {
		said = ". It says: " + said
	}
	words := strings.ToLower(said)
	switch {
	case status == http.StatusUnauthorized:
		if v.settings.KeyVariable == "" {
			return &Error{Kind: NoKey, Text: fmt.Sprintf("%s wants a key: name the environment variable that holds it with tutor.keyVariable%s", host, said)}
		}
		return &Error{Kind: NoKey, Text: fmt.Sprintf("%s does not know the key in %s%s", host, markup.Plain(v.settings.KeyVariable), said)}
	case status == http.StatusForbidden:
		return &Error{Kind: Refused, Text: fmt.Sprintf("%s refuses this: the key may not use the model %s, or not from here%s", host, model, said)}
	case status == http.StatusNotFound || strings.Contains(words, "model_not_found"):
		return &Error{Kind: UnknownModel, Text: fmt.Sprintf("%s has no model %s, or no chat at this address: see tutor.model and tutor.endpoint%s", host, model, said)}
	case status == http.StatusTooManyRequests:
		return &Error{Kind: Overloaded, Text: fmt.Sprintf("%s takes no more requests just now, or the quota is used up: try again later%s", host, said)}
	case status == http.StatusRequestEntityTooLarge || strings.Contains(words, "context_length") || strings.Contains(words, "context size") || strings.Contains(words, "maximum context"):
		return &Error{Kind: TooLong, Text: fmt.Sprintf("this is more than the model %s takes: choose one with a longer context, or leave tutor.wholeFile off%s", model, said)}
	case status >= 500:
		return &Error{Kind: Failed, Text: fmt.Sprintf("%s failed with status %d: try again later%s", host, status, said)}
	}
	return &Error{Kind: Refused, Text: fmt.Sprintf("%s refuses the request with status %d%s", host, status, said)}
}

// visible makes text of the service harmless and short.
func visible(s string) string {
	s = markup.Plain(strings.Join(strings.Fields(s), " "))
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "…"
	}
	return s
}

// after gives how long a service asks to wait, 0 if it does not say.
func after(header http.Header, now time.Time) time.Duration {
	text := header.Get("Retry-After")
	if text == "" {
		return 0
	}
	if d, err := time.ParseDuration(text + "s"); err == nil && d > 0 {
		return d
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
