// Layers that are not in the place of their image but where their URLs say (image-spec, layer.md,
// "Non-Distributable Layers"). Nobody is asked for them unless the user wants that (hostile.md, 113).
#pragma once

#include <memory>
#include <set>
#include <string>

#include "common/bytes.hpp"
#include "layers/descriptor.hpp"
#include "registry/connect_rules.hpp"
#include "registry/http.hpp"

namespace whittle::registry {

// Whether a layer is meant to be fetched from elsewhere and is not pushed (also Docker's foreign layers).
bool is_nondistributable(const layers::Descriptor& layer);

// Thread-safe. Borrows the transport, which should refuse to connect to private addresses: the URLs are the
// word of whoever made the image.
class ForeignLayers {
 public:
  // `plain_http_hosts` as for ConnectRules: what the user names there may be any host.
  ForeignLayers(Transport& transport, std::set<std::string> plain_http_hosts)
      : transport_(transport), allowed_(plain_http_hosts), rules_(std::move(plain_http_hosts)) {}

  // The bytes from the first URL that serves them, without credentials, verified as they are read. Only
  // https, or http where that is allowed, and no host written as a private address. Error(not_found) telling
  // why not.
  std::unique_ptr<ByteSource> open(const layers::Descriptor& layer);

 private:
  Response get(const std::string& text);
  Transport& transport_;
  std::set<std::string> allowed_;
  ConnectRules rules_;
};

}  // namespace whittle::registry
