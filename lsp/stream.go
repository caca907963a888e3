package lsp

// stream.go frames messages: the base protocol of LSP, read from a peer that may
// send anything. What cannot be understood is answered as JSON-RPC prescribes
// and skipped; the connection lives on.

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	fastjson "github.com/segmentio/encoding/json"
	"go.lsp.dev/jsonrpc2"
)

const (
	// maxMessage is the longest body that is read. A longer one is taken for a
	// corrupt header: no file of an audited size comes near.
	maxMessage = 256 << 20
	// maxHeaderLine is how much of a line that is no header is kept for a look.
	maxHeaderLine = 4 << 10
	// maxQueued is how many bytes may wait for a slow reader before senders wait too.
	maxQueued = 64 << 20
)

// stream is a [jsonrpc2.Stream] that survives its peer. Ids of incoming calls
// are handed on as strings that hold the id as it was written, because
// jsonrpc2.ID can hold neither large numbers nor the empty string; reply writes
// them back as they came.
type stream struct {
	rwc io.ReadWriteCloser
	in  *bufio.Reader
	// observe is told of every message for $/logTrace; set before the first read.
	observe func(direction, method, id string, payload []byte)

	mu       sync.Mutex
	wake     sync.Cond
	queue    [][]byte
	queued   int
	writing  bool
	closed   bool
	writeErr error
	// called holds the ids of our own calls that wait for an answer, so that a
	// second answer to one call cannot block the reader.
	called map[jsonrpc2.ID]bool
}

func newStream(rwc io.ReadWriteCloser) *stream {
	s := &stream{rwc: rwc, in: bufio.NewReaderSize(rwc, 64<<10), called: map[jsonrpc2.ID]bool{}}
	s.wake.L = &s.mu
	go s.writeLoop()
	return s
}

// envelope is any message, its parts left as they are.
type envelope struct {
	Version json.RawMessage `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  json.RawMessage `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   json.RawMessage `json:"error"`
}

// Read gives the next message that can be understood. Errors are those of the
// connection itself; io.EOF is its end.
func (s *stream) Read(ctx context.Context) (jsonrpc2.Message, int64, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		body, err := s.readBody()
		var fault *jsonrpc2.Error
		if errors.As(err, &fault) {
			s.reply(nil, nil, fault)
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		msg, id, fault := s.decode(body)
		if fault != nil {
			s.reply(id, nil, fault)
			continue
		}
		if msg != nil {
			return msg, int64(len(body)), nil
		}
	}
}

// header is what the lines before a body say.
type header struct {
	length  int             // -1 until it is known
	garbage *jsonrpc2.Error // the first line that is no header, nil if there is none
	charset *jsonrpc2.Error // a Content-Type that is not read
}

// readBody reads one header and its body. A *jsonrpc2.Error says that the bytes
// up to here made no sense, and that reading can go on.
func (s *stream) readBody() ([]byte, error) {
	h := header{length: -1}
	for {
		line, err := s.readLine()
		if err != nil {
			return nil, err
		}
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			s.headerLine(&h, line)
			continue
		}
		if h.length >= 0 {
			break
		}
		if h.garbage != nil {
			return nil, h.garbage
		}
	}
	// The body is read in pieces, so that a header alone allocates nothing.
	var body bytes.Buffer
	if _, err := io.CopyN(&body, s.in, int64(h.length)); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	if h.charset != nil {
		return nil, h.charset
	}
	if h.garbage != nil {
		s.reply(nil, nil, h.garbage)
	}
	return body.Bytes(), nil
}

const contentLength = "content-length:"

// headerLine takes one line into h. After a body of the wrong length the next
// header stands behind the rest of that body, so its name is sought anywhere in
// the line.
func (s *stream) headerLine(h *header, line string) {
	if i := strings.LastIndex(asciiLower(line), contentLength); i >= 0 {
		value := strings.TrimSpace(line[i+len(contentLength):])
		n, err := strconv.ParseInt(value, 10, 64)
		switch {
		case err != nil || n < 0 || n > maxMessage:
			h.length = -1
			h.garbage = jsonrpc2.Errorf(jsonrpc2.ParseError, "Content-Length %s is not a length from 0 to %d", quoted(value), maxMessage)
		case i > 0:
			h.length = int(n)
			h.garbage = jsonrpc2.Errorf(jsonrpc2.ParseError, "%d bytes before a header belong to no message", i)
		default:
			h.length = int(n)
		}
		return
	}
	name, value, ok := strings.Cut(line, ":")
	switch {
	case !ok || strings.ContainsAny(name, " \t{\""):
		if h.garbage == nil {
			h.garbage = jsonrpc2.Errorf(jsonrpc2.ParseError, "%s is not a header line: want Content-Length: N", quoted(line))
		}
	case strings.EqualFold(name, "content-type") && !utf8Charset(value):
		h.charset = jsonrpc2.Errorf(jsonrpc2.ParseError, "Content-Type %s: only utf-8 is read", quoted(value))
	}
}

// readLine reads up to and with \n, and drops what exceeds maxHeaderLine but
// keeps its end, where a header may follow garbage.
func (s *stream) readLine() (string, error) {
	var kept []byte
	for {
		part, err := s.in.ReadSlice('\n')
		kept = append(kept, part...)
		if len(kept) > 2*maxHeaderLine {
			kept = append(kept[:0], kept[len(kept)-maxHeaderLine:]...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err == io.EOF && len(bytes.TrimSpace(kept)) > 0 {
			err = io.ErrUnexpectedEOF
		}
		return string(kept), err
	}
}

// asciiLower lowers letters without moving bytes, as strings.ToLower may.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func utf8Charset(contentType string) bool {
	_, charset, ok := strings.Cut(strings.ToLower(contentType), "charset=")
	charset = strings.Trim(strings.TrimSpace(charset), `"`)
	return !ok || charset == "utf-8" || charset == "utf8"
}

// quoted shows text of the peer, shortened.
func quoted(s string) string {
	if s = strings.TrimSpace(s); len(s) > 60 {
		s = s[:60] + "…"
	}
	return strconv.QuoteToASCII(s)
}

// decode gives the message of a body, nil for an answer nobody waits for, or
// the fault to answer with and the id to answer to.
func (s *stream) decode(body []byte) (jsonrpc2.Message, json.RawMessage, *jsonrpc2.Error) {
	// The standard decoder bounds the depth of nesting, which segmentio's does not.
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		if !json.Valid(body) {
			return nil, nil, jsonrpc2.Errorf(jsonrpc2.ParseError, "the message is not JSON: %v", err)
		}
		if bytes.TrimLeft(body, " \t\r\n")[0] == '[' {
			return nil, nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "batches are not part of the Language Server Protocol: send one message at a time")
		}
		return nil, nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "a message is a JSON object")
	}
	if e.Method == nil && (e.Result != nil || e.Error != nil) {
		return s.decodeResponse(e, body), nil, nil
	}
	id, ok := canonicalID(e.ID)
	if !ok {
		return nil, nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "id is neither an integer nor a string")
	}
	var version, method string
	if json.Unmarshal(e.Version, &version) != nil || version != "2.0" {
		return nil, e.ID, jsonrpc2.NewError(jsonrpc2.InvalidRequest, `jsonrpc is not "2.0"`)
	}
	if json.Unmarshal(e.Method, &method) != nil || method == "" {
		return nil, e.ID, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "method is not a name")
	}
	if len(e.Params) > 0 && !strings.ContainsRune("{[n", rune(e.Params[0])) {
		return nil, e.ID, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "params is neither an object nor an array")
	}
	if s.observe != nil {
		s.observe("received", method, id, e.Params)
	}
	params := fastjson.RawMessage(e.Params)
	if e.ID == nil {
		n, err := jsonrpc2.NewNotification(method, params)
		return n, nil, internal(err)
	}
	call, err := jsonrpc2.NewCall(jsonrpc2.NewStringID(string(e.ID)), method, params)
	return call, e.ID, internal(err)
}

// decodeResponse gives an answer to one of our calls, nil if there is none such.
func (s *stream) decodeResponse(e envelope, body []byte) jsonrpc2.Message {
	n, err := strconv.ParseInt(string(e.ID), 10, 32)
	if err != nil {
		return nil
	}
	id := jsonrpc2.NewNumberID(int32(n))
	s.mu.Lock()
	waiting := s.called[id]
	delete(s.called, id)
	s.mu.Unlock()
	if !waiting {
		return nil
	}
	if s.observe != nil {
		s.observe("received the answer to", "", string(e.ID), body)
	}
	var fault error
	if e.Error != nil && string(e.Error) != "null" {
		answered := &jsonrpc2.Error{Code: jsonrpc2.UnknownError, Message: "the client answered with an error"}
		_ = json.Unmarshal(e.Error, answered) // one that is malformed stays an error
		fault = answered
	}
	r, err := jsonrpc2.NewResponse(id, fastjson.RawMessage(e.Result), fault)
	if err != nil {
		return nil
	}
	return r
}

func internal(err error) *jsonrpc2.Error {
	if err == nil {
		return nil
	}
	return jsonrpc2.Errorf(jsonrpc2.InternalError, "%v", err)
}

// canonicalID gives an id in the one form in which equal ids are equal; absent
// is "". It reports false for what is no id.
func canonicalID(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 {
		return "", true
	}
	if raw[0] == '"' {
		var name string
		if json.Unmarshal(raw, &name) != nil {
			return "", false
		}
		return strconv.Quote(name), true
	}
	var number json.Number
	if raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') || json.Unmarshal(raw, &number) != nil {
		return "", false
	}
	if f, err := number.Float64(); err == nil && f == float64(int64(f)) {
		return strconv.FormatInt(int64(f), 10), true
	}
	return number.String(), true
}

// Write queues a notification or a call of ours. Answers go through reply.
func (s *stream) Write(_ context.Context, msg jsonrpc2.Message) (int64, error) {
	var b bytes.Buffer
	var params []byte
	switch m := msg.(type) {
	case *jsonrpc2.Notification:
		fmt.Fprintf(&b, `{"jsonrpc":"2.0","method":%q`, m.Method())
		params = m.Params()
		if s.observe != nil {
			s.observe("sent", m.Method(), "", params)
		}
	case *jsonrpc2.Call:
		s.mu.Lock()
		s.called[m.ID()] = true
		s.mu.Unlock()
		fmt.Fprintf(&b, `{"jsonrpc":"2.0","id":%d,"method":%q`, m.ID(), m.Method())
		params = m.Params()
		if s.observe != nil {
			s.observe("sent", m.Method(), fmt.Sprint(m.ID()), params)
		}
	default:
		return 0, fmt.Errorf("a %T is not sent this way", msg)
	}
	if len(params) > 0 && string(params) != "null" {
		b.WriteString(`,"params":`)
		b.Write(params)
	}
	b.WriteByte('}')
	return int64(b.Len()), s.send(b.Bytes())
}

// notify sends a notification whose params are encoded already.
func (s *stream) notify(method string, params []byte) {
	if s.observe != nil {
		s.observe("sent", method, "", params)
	}
	body := make([]byte, 0, len(params)+len(method)+48)
	body = append(body, `{"jsonrpc":"2.0","method":`...)
	body = strconv.AppendQuote(body, method)
	body = append(body, `,"params":`...)
	body = append(body, params...)
	_ = s.send(append(body, '}')) // a peer that does not listen is noticed by the reader
}

// reply answers the call with that id, as it was written; nil is JSON-RPC's null
// id, for a message whose id could not be read. The result is encoded once.
func (s *stream) reply(id json.RawMessage, result any, fault *jsonrpc2.Error) {
	if id == nil {
		id = json.RawMessage("null")
	}
	var b bytes.Buffer
	b.WriteString(`{"jsonrpc":"2.0","id":`)
	b.Write(id)
	if fault == nil {
		encoded, err := fastjson.Marshal(result)
		if err == nil {
			b.WriteString(`,"result":`)
			b.Write(encoded)
		} else {
			fault = internal(err)
		}
	}
	if fault != nil {
		encoded, _ := fastjson.Marshal(fault) // plain data: it always encodes
		b.WriteString(`,"error":`)
		b.Write(encoded)
	}
	b.WriteByte('}')
	if s.observe != nil {
		s.observe("answered", "", string(id), b.Bytes())
	}
	_ = s.send(b.Bytes()) // a peer that does not listen is noticed by the reader
}

// send queues one message. It waits only for a reader that is far behind.
func (s *stream) send(body []byte) error {
	frame := make([]byte, 0, len(body)+32)
	frame = append(frame, "Content-Length: "...)
	frame = strconv.AppendInt(frame, int64(len(body)), 10)
	frame = append(frame, "\r\n\r\n"...)
	frame = append(frame, body...)
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.queued > maxQueued && s.writeErr == nil && !s.closed {
		s.wake.Wait()
	}
	if s.writeErr != nil {
		return s.writeErr
	}
	if s.closed {
		return io.ErrClosedPipe
	}
	s.queue = append(s.queue, frame)
	s.queued += len(frame)
	s.wake.Broadcast()
	return nil
}

// writeLoop writes what is queued, so that neither the reader nor the owner of
// the workspace ever waits for the peer.
func (s *stream) writeLoop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		for len(s.queue) == 0 && !s.closed {
			s.wake.Wait()
		}
		if len(s.queue) == 0 || s.writeErr != nil {
			return
		}
		batch := s.queue
		s.queue, s.writing = nil, true
		s.mu.Unlock()
		var err error
		for _, frame := range batch {
			if _, err = s.rwc.Write(frame); err != nil {
				break
			}
		}
		s.mu.Lock()
		s.writing = false
		for _, frame := range batch {
			s.queued -= len(frame)
		}
		if err != nil {
			s.writeErr = err
		}
		s.wake.Broadcast()
	}
}

// drain waits until all that is queued is written, or writing failed, or the
// context ends.
func (s *stream) drain(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.wake.Broadcast()
	})
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for (len(s.queue) > 0 || s.writing) && s.writeErr == nil && ctx.Err() == nil {
		s.wake.Wait()
	}
}

// Close ends writing after what is queued and closes the connection.
func (s *stream) Close() error {
	s.mu.Lock()
	s.closed = true
	s.wake.Broadcast()
	s.mu.Unlock()
	return s.rwc.Close()
}
