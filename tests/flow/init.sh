#!/usr/bin/env bash
# `whittle init` writes a spec that builds, for a module it has never seen and from a Dockerfile.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

fixture shop "$work/shop"
cd "$work/shop"
rm whittle.yaml

t "init finds the commands and their ports, and says what to do next"
whittle_exits 0 init
equal "$(cat "$out")" whittle.yaml "stdout carries the path alone"
err_has 'found 3 main packages' '`whittle build`'
for name in api web worker; do grep -q "^  $name:" whittle.yaml || fail "no image $name: $(cat whittle.yaml)"; done
grep -q '8080  # found in cmd/api/main.go:21' whittle.yaml || fail "no port: $(cat whittle.yaml)"
cp whittle.yaml first.yaml

t "a spec that is there is not replaced, unless --force says so; the bytes are the same each time"
echo '# mine' >whittle.yaml
whittle_exits 2 init
err_has 'is there already' '--force'
equal "$(cat whittle.yaml)" '# mine'
whittle_exits 0 init --force
cmp whittle.yaml first.yaml
whittle_exits 0 init -o -
cmp "$out" first.yaml
(cd / && whittle_exits 0 init "$work/shop" -o "$work/elsewhere.yaml")
cmp "$work/elsewhere.yaml" first.yaml
equal "$(find . -name '.*' -type f ! -name .dockerignore)" '' "temporary files"

t "the spec builds"
build api -o "oci:$work/plain:1" >/dev/null
valid_layout "$work/plain"

t "what cannot be: no module, no command, no Dockerfile"
mkdir "$work/empty"
whittle_exits 5 init "$work/empty"
err_has 'there is no go.mod'
[ ! -e "$work/empty/whittle.yaml" ] || fail "a file after a failure"
whittle_exits 5 init "$work/absent"
whittle_exits 5 init --from "$work/absent/Dockerfile" --force
whittle_exits 2 init --json --force
printf 'FROM node:20\nCMD ["node", "x.js"]\n' >Dockerfile.node
whittle_exits 5 init --from Dockerfile.node --force
err_has 'no Go program comes into the image'
cmp whittle.yaml first.yaml

t "init --from translates, and lists what it could not"
cat >Dockerfile <<'DOCKERFILE'
FROM golang:1.26 AS builder
WORKDIR /app
COPY . .
RUN go mod download
RUN CGO_ENABLED=0 GOOS=linux go build -ldflags="-s -w" -o main ./cmd/api

FROM scratch
WORKDIR /root/
COPY --from=builder /app/main .
COPY config/ /etc/shop/
EXPOSE 8080
HEALTHCHECK CMD wget -q localhost:8080/healthz
CMD ["./main", "--config", "/etc/shop/shop.json"]
DOCKERFILE
whittle_exits 0 init --from Dockerfile --force
equal "$(cat "$out")" whittle.yaml
err_has 'Dockerfile:4: RUN go mod download: not needed' 'Dockerfile:12: HEALTHCHECK' 'NOT translated' '1 not translated'
digest=$(build -o "oci:$work/translated:1")
valid_layout "$work/translated"
whittle_exits 0 inspect "oci:$work/translated:1"
out_has "$digest" '/app/main' '--config /etc/shop/shop.json' 8080/tcp 65532
whittle_exits 0 init --from Dockerfile --force --json
jq -e '.schemaVersion == 1 and .notTranslated == 1 and (.lines | length) > 8' "$out" >/dev/null || fail "$(cat "$out")"
