#include "evidence/component.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace whittle::evidence {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// What is left of a name in an identifier, for people: the digest behind it makes the difference.
std::string readable(std::string_view name) {
  constexpr std::size_t longest = 60;
  std::string text;
  for (const char c : name.substr(0, longest)) text += is_plain(c) || c == '.' ? c : '-';
  return text;
}

std::string package_purl(const Component& package, std::string_view type) {
  const auto dash = package.distribution.find('-');
  auto purl = fmt::format("pkg:{}/{}/{}@{}?arch={}", type, purl_encoded(package.distribution.substr(0, dash)),
                          purl_encoded(package.name), purl_encoded(package.version),
                          purl_encoded(package.architecture));
  if (dash != std::string::npos) purl += "&distro=" + purl_encoded(package.distribution);
  return purl;
}

// "registry.example.com/shop/base:1" is known by its last element, its repository and its digest (purl-types,
// oci).
std::string image_purl(const Component& image) {
  auto repository = image.name.substr(0, image.name.find('@'));
  const auto slash = repository.rfind('/');
  const auto colon = repository.find(':', slash == std::string::npos ? 0 : slash);
  const auto tag = colon == std::string::npos ? std::string() : repository.substr(colon + 1);
  repository = repository.substr(0, colon);
  std::string purl =
      fmt::format("pkg:oci/{}", purl_encoded(repository.substr(slash == std::string::npos ? 0 : slash + 1)));
  if (image.digest) purl += "@" + purl_encoded(image.digest->text());
  if (slash != std::string::npos) purl += "?repository_url=" + purl_encoded(repository, true);
  if (!tag.empty())
    purl += fmt::format("{}tag={}", slash == std::string::npos ? '?' : '&', purl_encoded(tag));
  return purl;
}

}  // namespace

std::string_view name_of(Component::Kind kind) {
  switch (kind) {
    case Component::Kind::base_image:
      return "base-image";
    case Component::Kind::program:
      return "program";
    case Component::Kind::go_module:
      return "go-module";
    case Component::Kind::go_standard_library:
      return "go-standard-library";
    case Component::Kind::deb:
      return "deb";
    case Component::Kind::apk:
      return "apk";
  }
  return {};
}

std::string Component::id() const {
  KeyHasher hasher;
  hasher.add(name_of(kind)).add(name).add(version).add(architecture).add(distribution).add(sum);
  hasher.add(digest ? digest->text() : std::string()).add(licence).add(supplier).add(remark).add(made_from);
  for (const auto& used : uses) hasher.add(used);
  if (!source.empty()) hasher.add("source").add(source).add(source_version);
  return fmt::format("{}-{}-{}", name_of(kind), readable(name), hasher.finish().hex().substr(0, 16));
}

std::string Component::purl() const {
  const auto at_version = version.empty() ? std::string() : "@" + purl_encoded(version);
  switch (kind) {
    case Kind::base_image:
      return image_purl(*this);
    case Kind::program:
      return {};
    case Kind::go_module:
      return fmt::format("pkg:golang/{}{}", purl_encoded(name, true), at_version);
    case Kind::go_standard_library:
      return fmt::format("pkg:golang/stdlib{}", at_version);
    case Kind::deb:
      return package_purl(*this, "deb");
    case Kind::apk:
      return package_purl(*this, "apk");
  }
  return {};
}

void settle(std::vector<Component>& components) {
  const auto order = [](const Component& a, const Component& b) {
    const auto of_a = std::tie(a.kind, a.name, a.version);
    const auto of_b = std::tie(b.kind, b.name, b.version);
    return of_a == of_b ? a.id() < b.id() : of_a < of_b;  // an identifier costs a hash
  };
  std::stable_sort(components.begin(), components.end(), order);
  std::vector<Component> settled;
  for (auto& component : components) {
    if (!settled.empty() && settled.back().name == component.name && settled.back().id() == component.id())
      settled.back().origins.merge(component.origins);
    else
      settled.push_back(std::move(component));
  }
  components = std::move(settled);
}

std::string purl_encoded(std::string_view text, bool slashes) {
  std::string encoded;
  for (const char c : text) {
    if (is_plain(c) || c == '.' || c == '-' || c == '_' || c == '~' || (c == '/' && slashes))
      encoded += c;
    else
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

}  // namespace whittle::evidence
