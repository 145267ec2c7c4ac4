package call

import (
	"net/http"
	"strconv"
	"strings"
)

// versioned returns a link, such as /v3/entries/7, as a caller of an older version has it: /v1/entries/7. Where there is no such endpoint in that
// version, and where it is no path of the service, it stays as it is.
func (p *Provider) versioned(version int, link string) string {
	end := strings.IndexAny(link, "?#")
	if end < 0 {
		end = len(link)
	}
	linked, path := splitVersion(link[:end])
	if !hasVersion(link) || linked <= version {
		return link
	}
	for _, e := range p.sorted {
		if e.Service.Version == version && e.Method() == http.MethodGet && e.is(path) {
			return "/v" + strconv.Itoa(version) + path + link[end:]
		}
	}
	return link
}

// hasVersion reports whether a link is the path of something in the service, such as /v3/entries/7.
func hasVersion(link string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(link, "/v"), "/")
	return strings.HasPrefix(link, "/v") && first != "" && strings.Trim(first, "0123456789") == ""
}

// is reports whether a path without the version is one of the endpoint.
func (e *endpoint) is(path string) bool {
	mine, theirs := strings.Split(e.Path(), "/"), strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(mine) != len(theirs) {
		return false
	}
	for i, segment := range mine {
		if segment != theirs[i] && (!strings.HasPrefix(segment, "{") || theirs[i] == "") {
			return false
		}
	}
	return true
}

// fromRequest returns a link of the service as it is written into a header: relative to the request, so that it holds under the app's name, at the
// root of a process and behind a proxy alike.
func fromRequest(r *http.Request, link string) string {
	if !hasVersion(link) {
		return link
	}
	up := strings.Repeat("../", strings.Count(r.URL.EscapedPath(), "/")-1)
	if up == "" {
		up = "./"
	}
	return up + link[1:]
}

// fromBase turns what [fromRequest] has written into a link of the service again.
func (r *replica) fromBase(request *http.Request, link string) string {
	if !strings.HasPrefix(link, "../") && !strings.HasPrefix(link, "./") {
		return link
	}
	u, err := request.URL.Parse(link)
	if err != nil {
		return link
	}
	return strings.TrimPrefix(u.RequestURI(), r.base.EscapedPath())
}
