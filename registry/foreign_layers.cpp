#include "registry/foreign_layers.hpp"

#include <fmt/format.h>

#include "common/digest.hpp"
#include "common/error.hpp"
#include "registry/answers.hpp"
#include "registry/redirects.hpp"

namespace whittle::registry {
namespace {

constexpr std::size_t urls_tried = 5;

}  // namespace

bool is_nondistributable(const layers::Descriptor& layer) {
  return layer.media_type.starts_with("application/vnd.oci.image.layer.nondistributable.v1.tar") ||
         layer.media_type.starts_with("application/vnd.docker.image.rootfs.foreign.diff.tar");
}

Response ForeignLayers::get(const std::string& text) {
  const auto url = Url::parse(text);
  const auto refuse = [&](std::string_view why) {
    throw RegistryError(ErrorKind::registry, fmt::format("{} is not asked: {}", url.redacted(), why), {});
  };
  const bool allowed = allowed_.contains(url.host) || allowed_.contains(url.authority());
  if (!allowed && url.scheme != "https") refuse("it is no https, and --plain-http does not name its host");
  if (!allowed && (is_loopback(url.host) || is_private_literal(url.host))) refuse("it is a private address");
  const Request request{"GET", url};
  auto response = send_following(transport_, rules_, request);
  if (response.status != 200) throw refusal(request, response);
  return response;
}

std::unique_ptr<ByteSource> ForeignLayers::open(const layers::Descriptor& layer) {
  const auto what = fmt::format("the foreign layer {}", layer.digest.text());
  std::string tried;
  for (std::size_t i = 0; i < std::min(layer.urls.size(), urls_tried); ++i) {
    try {
      return std::make_unique<VerifiedSource>(get(layer.urls[i]).body, layer.digest, layer.size, what);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      tried += fmt::format("{}{}", tried.empty() ? "" : "; ", error.message());
    }
  }
  throw Error(ErrorKind::not_found, fmt::format("{} can be had from none of its URLs: {}", what,
                                                tried.empty() ? "it has none" : tried));
}

}  // namespace whittle::registry
