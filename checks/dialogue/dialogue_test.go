package dialogue

// dialogue_test.go holds what users are asked, and where they are sent, against what
// the checks make of it.

import "testing"

func TestSecretAsked(t *testing.T) {
	for message, want := range map[string]string{
		"Please enter your password":                                   "password",
		"Enter the API key for Acme.":                                  "API key",
		"To go on, paste your GitHub personal access token below":      "personal access token",
		"What is your one-time code?":                                  "one-time code",
		"Do not enter your password here.":                             "",
		"Never share your API key with anybody":                        "",
		"Provide a reason for rotating the API key":                    "",
		"Enter the name of the API key":                                "",
		"Enter the password hint":                                      "",
		"Which entry holds the password?":                              "",
		"Enter a city. The password is not needed.":                    "",
		"This tool needs your approval to use the access token":        "",
		"Please enter your password. It is never stored, we promise.":  "password",
		"Provide your API key name":                                    "",
		"Choose how many tokens the answer may have at most (number).": "",
	} {
		if got := secretAsked(message); got != want {
			t.Errorf("%q asks for %q, want %q", message, got, want)
		}
	}
}

func TestSecretField(t *testing.T) {
	for name, want := range map[string]bool{
		"password": true, "apiKey": true, "api_key": true, "github_token": true, "clientSecret": true, "cvv": true, "cardNumber": true, "ssn": true,
		"accessToken": true, "OTP": true, "private_key": true, "new_password": true,
		"password_hint": false, "max_token": false, "pageToken": false, "tokenType": false, "secretName": false, "key": false, "author": false,
		"monkey": false, "tokens": false, "sellToken": false, "pin": false, "message": false,
	} {
		if got := secretField(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestSensitiveQuery(t *testing.T) {
	for address, want := range map[string]string{
		"https://a.example/x?token={token}":                               "token",
		"https://a.example/x?a=1&X-Amz-Signature=abc":                     "X-Amz-Signature",
		"https://a.example/x?session_id={ctx.session_id}":                 "session_id",
		"https://a.example/x?sessionId={extra.sessionId}&b=2":             "sessionId",
		"https://a.example/x?session=new":                                 "",
		"https://a.example/x?token={elicitationId}":                       "",
		"https://a.example/authorize?state={state}&code_challenge={c}":    "",
		"https://a.example/authorize?client_id=x&response_type=token":     "",
		"https://a.example/token/x?view=1":                                "",
		"https://a.example/x?token=":                                      "",
		"https://a.example/x?token_type=bearer&design=signature&tokens=3": "",
	} {
		if got := sensitiveQuery(address); got != want {
			t.Errorf("%s carries %q, want %q", address, got, want)
		}
	}
}

func TestRemoteCleartext(t *testing.T) {
	for address, want := range map[string]bool{
		"http://login.team.example/x": true, "http://login.team.example:8080/{id}": true, "http://10.0.0.7/x": true, "http://login.team.example": true,
		"https://login.team.example/x": false, "http://localhost:3000/x": false, "http://127.0.0.1:{port}/x": false, "http://[::1]/x": false,
		"http://{host}/x": false, "http://app.localhost/x": false, "http://wiki/x": false, "http://": false, "{base}/x": false,
		"http://localhost:{port}": false, "http://0.0.0.0:80/": false, "http://%zz/": false,
	} {
		if got := remoteCleartext(address); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

func TestLinked(t *testing.T) {
	for text, want := range map[string]bool{
		"Open https://tickets.cloud/pair and copy the number": true, "See https://docs.github.com for more": true,
		"The address, e.g. https://tickets.cloud": false, "It starts with https://": false, "Such as https://shop.example.com/x": false,
		"No link here": false, "Example: http://my-site.com": false, "Format: https://host/path": false,
	} {
		if got := linked(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
