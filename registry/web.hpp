// Files of plain web servers (a module proxy, a package mirror), fetched with the care that blobs get:
// redirects by our own rules, retries with one patience per host, a cut download resumed, limits.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "common/bytes.hpp"

namespace whittle::registry {

struct WebFile {
  std::string what;                        // for messages, e.g. "the package index of bookworm"
  std::optional<std::uint64_t> size = {};  // bytes, when known: any other number is Error(integrity)
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();  // bytes; one more is Error(limit)
  bool may_be_html = false;  // otherwise a page (of a login, of a proxy) is refused
};

// Thread-safe. What it gives is not trusted: whoever reads it verifies a digest or a signature.
class Web {
 public:
  virtual ~Web() = default;
  // The file at a URL: https, http, or file (an absolute path on this machine). User information in it is
  // sent to that origin alone, and never shown. Nothing when the server says that there is none (404, 410).
  // Throws RegistryError naming the redacted URL: network, auth for 401 and 403, registry for any other
  // answer.
  virtual std::unique_ptr<ByteSource> open(const std::string& url, const WebFile& file) = 0;
  // How many bytes the file at that URL has; nothing when it is not there, or the server does not say. For
  // people alone: nothing is verified. Throws as open() does.
  virtual std::optional<std::uint64_t> size(const std::string& url, const WebFile& file) = 0;
};

// A URL for messages: without user information and query.
std::string redacted_url(const std::string& url);

}  // namespace whittle::registry
