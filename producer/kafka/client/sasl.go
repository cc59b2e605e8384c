package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/twmb/franz-go/pkg/sasl"
	iam "github.com/twmb/franz-go/pkg/sasl/aws"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// SASL is a login at the brokers.
type SASL struct {
	Mechanism string // PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER or AWS_MSK_IAM
	User      string // with OAUTHBEARER the client's id; with AWS_MSK_IAM none
	Password  string // with OAUTHBEARER the client's secret; with AWS_MSK_IAM none
	Issuer    *Issuer
}

// Issuer gives tokens for OAUTHBEARER, to a client that shows its id and secret (RFC 6749, 4.4).
type Issuer struct {
	URL    string // of the token endpoint
	Scopes []string
	TLS    *tls.Config // nil: the system's
}

func (s SASL) mechanism() (sasl.Mechanism, error) {
	switch s.Mechanism {
	case "PLAIN":
		return plain.Auth{User: s.User, Pass: s.Password}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return scram.Auth{User: s.User, Pass: s.Password}.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return scram.Auth{User: s.User, Pass: s.Password}.AsSha512Mechanism(), nil
	case "OAUTHBEARER":
		return s.bearer()
	case "AWS_MSK_IAM":
		return mskIAM(), nil
	}
	return nil, fmt.Errorf("kafka: SASL mechanism %q: want PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER or "+
		"AWS_MSK_IAM", s.Mechanism)
}

const (
	issuerTime = 10 * time.Second // for an answer of the issuer's
	renewal    = time.Minute      // before its end a token is renewed
)

// bearer logs in with a token of the issuer's, which is kept until shortly before its end. Brokers that end a session
// with its token are given a new one.
func (s SASL) bearer() (sasl.Mechanism, error) {
	if s.Issuer == nil {
		return nil, fmt.Errorf("kafka: SASL mechanism OAUTHBEARER: no issuer of tokens")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = s.Issuer.TLS
	hc := &http.Client{Timeout: issuerTime, Transport: transport}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, hc)
	source := oauth2.ReuseTokenSourceWithExpiry(nil, &issued{ctx, clientcredentials.Config{
		ClientID: s.User, ClientSecret: s.Password, TokenURL: s.Issuer.URL, Scopes: s.Issuer.Scopes,
	}}, renewal)
	return oauth.Oauth(func(context.Context) (oauth.Auth, error) {
		token, err := source.Token()
		if err != nil {
			return oauth.Auth{}, &IssuerError{fmt.Errorf("a token for the brokers from %s: %w", s.Issuer.URL, err)}
		}
		return oauth.Auth{Token: token.AccessToken}, nil
	}), nil
}

// IssuerError means that there is no token to log in with.
type IssuerError struct{ error }

// Unwrap returns what went wrong.
func (e *IssuerError) Unwrap() error { return e.error }

// issued asks the issuer for a token.
type issued struct {
	ctx         context.Context // has the client to ask with
	credentials clientcredentials.Config
}

// bearerToken is what a token is made of (RFC 6750, 2.1).
var bearerToken = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// Token implements oauth2.TokenSource. What can't be a token is none, and no error tells what the issuer sent.
func (i *issued) Token() (*oauth2.Token, error) {
	token, err := i.credentials.Token(i.ctx)
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused):
		code := strings.Join(strings.Fields(refused.ErrorCode), " ")
		return nil, fmt.Errorf("the issuer refuses (status %d %s): check the client's id and secret, and the scopes",
			refused.Response.StatusCode, code[:min(len(code), 100)])
	case err != nil:
		return nil, err
	case !bearerToken.MatchString(token.AccessToken):
		return nil, errors.New("the issuer's answer has no token: is the URL that of its token endpoint?")
	case !token.Expiry.IsZero() && !token.Expiry.After(time.Now()):
		return nil, errors.New("the issuer's token has ended already: is the clock of this machine, or of the issuer, right?")
	}
	return token, nil
}

// mskIAM logs in to Amazon MSK with what AWS's own tools would take: variables, files, the role of the machine or pod.
func mskIAM() sasl.Mechanism {
	load := sync.OnceValues(func() (aws.Config, error) { return awsconfig.LoadDefaultConfig(context.Background()) })
	return iam.ManagedStreamingIAM(func(ctx context.Context) (iam.Auth, error) {
		c, err := load()
		if err != nil {
			return iam.Auth{}, &IssuerError{fmt.Errorf("AWS's settings: %w", err)}
		}
		if c.Credentials == nil {
			return iam.Auth{}, &IssuerError{errors.New("AWS's settings have no credentials")}
		}
		k, err := c.Credentials.Retrieve(ctx)
		if err != nil {
			return iam.Auth{}, &IssuerError{fmt.Errorf("AWS's credentials: %w", err)}
		}
		return iam.Auth{
			AccessKey: k.AccessKeyID, SecretKey: k.SecretAccessKey, SessionToken: k.SessionToken, UserAgent: "seachange",
		}, nil
	})
}
