# syntax=docker/dockerfile:1
# The reference company as an image: one static program, no shell, no root, nothing else than the certificates of public authorities.
#
#   docker build -t company .
#   docker run --read-only --tmpfs /tmp -v company:/data -p 127.0.0.1:8000:8000 --env-file company.env company
#
# For a project of your own, change ./company to where its main package is, and the name of the program.

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /root/out/company ./company && mkdir /root/out/data /root/out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build --chown=65532:65532 --chmod=700 /root/out/data /data
COPY --from=build --chmod=1777 /root/out/tmp /tmp
COPY --from=build /root/out/company /company
USER 65532:65532
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=5m --start-interval=1s --interval=10s --timeout=5s CMD ["/company", "health"]
ENTRYPOINT ["/company"]
CMD ["up", "--addr", "0.0.0.0:8000", "--data", "/data"]
