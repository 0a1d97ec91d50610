// The authorities that TLS believes, without reading all of them for one connection.
#pragma once

#include <filesystem>
#include <string>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace whittle::registry {

// Sets up the store of an SSL_CTX: `more`, certificates in PEM, and those of `file`, which is read when its
// folder has no link by the hash of the issuer that is looked for, as c_rehash makes them: a hundred and more
// certificates take longer to read than a connection to open. An empty file is none.
// Error(machine_limit).
void set_trusted(ssl_ctx_st& context, const std::filesystem::path& file, const std::string& more);

}  // namespace whittle::registry
