#!/usr/bin/env bash
# A registry behind nginx that demands a client certificate and limits the size of a body: 413 leads to chunks.
# shellcheck source=tests/flow/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need skopeo docker-registry openssl nginx
authority servers
authority clients
certificate servers localhost -addext subjectAltName=DNS:localhost
certificate clients me
flow_registry
upstream=$registry

# behind_nginx LIMIT: nginx in front of the registry. Sets front (HOST:PORT).
behind_nginx() {
  local dir=$work/nginx-$1 port
  port=$(free_port)
  mkdir -p "$dir/temporary"
  cat >"$dir/nginx.conf" <<CONF
daemon off;
$([ "$(id -u)" != 0 ] || echo 'user root;')
pid $dir/pid;
error_log $dir/errors;
events {}
http {
  access_log $dir/log;
  client_body_temp_path $dir/temporary;
  proxy_temp_path $dir/proxy;
  fastcgi_temp_path $dir/fastcgi;
  uwsgi_temp_path $dir/uwsgi;
  scgi_temp_path $dir/scgi;
  server {
    listen 127.0.0.1:$port ssl;
    ssl_certificate $work/localhost.crt;
    ssl_certificate_key $work/localhost.key;
    ssl_client_certificate $work/clients.crt;
    ssl_verify_client on;
    client_max_body_size $1;
    location / {
      proxy_pass http://127.0.0.1:${upstream#*:};
      proxy_set_header Host \$http_host;
      proxy_set_header X-Forwarded-Proto https;
    }
  }
}
CONF
  nginx -e "$dir/errors" -c "$dir/nginx.conf" &
  started+=($!)
  wait_for 10 answers "$port" || fail "nginx does not start: $(cat "$dir/errors")"
  front=localhost:$port
  nginx_log=$dir/log
}
with_certificate() { whittle_exits "$1" "${@:2}" --ca "$work/servers.crt" --cert "$work/me.crt" --key "$work/me.key"; }
"$flow_dir/../../bench/make-image" "$work/image" 2 20000000
wanted=$(jq -r '.manifests[0].digest' "$work/image/index.json")

t "without a certificate it says which one to give"
behind_nginx 8m
whittle_exits 7 copy "oci:$work/image:v" "$front/shop/large:v" --ca "$work/servers.crt"
err_has "No required SSL certificate was sent" "--cert and --key"
out_is_empty

t "a body of 20 MB is refused, and goes in chunks of at most 8 MiB"
with_certificate 0 copy "oci:$work/image:v" "$front/shop/large:v"
equal "$(result_digest)" "$wanted"
grep -q '"PUT /v2/shop/large/blobs/uploads/.* 413 ' "$nginx_log" || fail "nothing was refused: $(cat "$nginx_log")"
grep -q '"PATCH /v2/shop/large/blobs/uploads/.* 202 ' "$nginx_log" || fail "no chunk was sent: $(cat "$nginx_log")"

t "the registry has every byte of it"
skopeo copy -q --src-tls-verify=false "docker://$upstream/shop/large:v" "oci:$work/back:v"
for blob in "$work"/back/blobs/sha256/*; do cmp "$blob" "$work/image/blobs/sha256/${blob##*/}"; done

t "through nginx it is there already, and comes back"
with_certificate 0 copy "oci:$work/image:v" "$front/shop/large:v"
err_has "0 blobs"
with_certificate 0 copy "$front/shop/large:v" "oci:$work/pulled:v"
equal "$(result_digest)" "$wanted"
valid_layout "$work/pulled" --foreign all

t "where not even small bodies are taken, the limit is told"
behind_nginx 100k
with_certificate 8 copy "oci:$work/image:v" "$front/shop/refused:v"
err_has 413 "limits the size of uploads"
! skopeo inspect --raw --tls-verify=false "docker://$upstream/shop/refused:v" >/dev/null 2>&1 || fail "a tag after a failure"
