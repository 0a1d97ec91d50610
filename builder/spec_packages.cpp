#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "builder/spec_fields.hpp"
#include "builder/spec_tables.hpp"
#include "common/text.hpp"
#include "packages/left_out.hpp"
#include "registry/place.hpp"

namespace whittle::builder {
namespace {

packages::PackageWish read_wish(const Value& value) {
  return value.converting([&] { return packages::PackageWish::parse(value.text()); });
}

bool read_dependencies(const Value& value) {
  const auto text = value.text();
  if (text != "all" && text != "none")
    value.refuse(fmt::format("takes `all` or `none`, not {}", shown(text)));
  return text == "all";
}

std::string read_kept(const Value& value) {
  const auto text = value.text();
  std::vector<std::string_view> names;
  for (const auto& rule : packages::left_out_rules()) names.push_back(rule.name);
  if (std::find(names.begin(), names.end(), text) == names.end()) {
    const auto near = nearest(text, names);
    value.refuse(fmt::format("{} names nothing that is left out{}", shown(text),
                             near ? fmt::format("; did you mean `{}`?", *near) : ""));
  }
  return text;
}

std::vector<packages::PackageWish> read_wishes(const Value& value) {
  auto wishes = read_distinct<packages::PackageWish>(value, read_wish);
  std::sort(wishes.begin(), wishes.end());
  return wishes;
}

// The root of an archive as apt would have it in sources.list: a URL, or a folder's.
std::string read_uri(const Value& value) {
  auto text = value.text();
  if (!text.starts_with("https://") && !text.starts_with("http://") && !text.starts_with("file:///"))
    value.refuse("takes an address that begins with https://, http:// or file:///");
  return text;
}

std::string read_word(const Value& value) {
  auto text = value.text();
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '+' || c == '/';
  };
  if (!std::all_of(text.begin(), text.end(), good) || text.front() == '/' ||
      text.find("..") != std::string::npos)
    value.refuse(fmt::format("{} is no name of a part of an archive", shown(text)));
  return text;
}

// Where `whittle lock --store` writes: a repository or a layout.
std::string read_store(const Value& value) {
  auto text = value.text();
  const auto place = value.converting([&] { return registry::Place::parse(text); });
  using Kind = registry::Place::Kind;
  if (place.digest || !place.tag.empty() || (place.kind != Kind::registry && place.kind != Kind::layout) ||
      (place.reference && !place.reference->tag.empty()))
    value.refuse("takes a repository of a registry or oci:DIR, without a tag");
  return text;
}

packages::PackageArchive read_archive(const Value& value) {
  packages::PackageArchive archive;
  read_mapping(value, archive_keys(), archive);
  if (archive.uris.empty()) value.refuse("an archive needs `uris`");
  if (archive.suite.empty()) value.refuse("an archive needs a `suite`");
  if (archive.components.empty()) archive.components = {"main"};
  return archive;
}

}  // namespace

Keys<packages::PackageArchive> archive_keys() {
  using Archive = packages::PackageArchive;
  static constexpr std::array<Key<Archive>, 5> keys = {{
      {"uris", [](const Value& v, Archive& a) { a.uris = read_distinct<std::string>(v, read_uri); }},
      {"suite", [](const Value& v, Archive& a) { a.suite = read_word(v); }},
      {"components",
       [](const Value& v, Archive& a) { a.components = read_distinct<std::string>(v, read_word); }},
      {"signed-by",
       [](const Value& v, Archive& a) {
         a.keys = {{read_context_path(v), {}}};
       }},
      {"check-valid-until", [](const Value& v, Archive& a) { a.check_expiry = v.boolean(); }},
  }};
  return keys;
}

Keys<DebianSpec> debian_keys() {
  static constexpr std::array<Key<DebianSpec>, 2> keys = {{
      {"archives",
       [](const Value& v, DebianSpec& d) {
         for (const auto& archive : v.list()) d.archives.push_back(read_archive(archive));
       }},
      {"stores", [](const Value& v, DebianSpec& d) { d.stores = read_distinct<std::string>(v, read_store); }},
  }};
  return keys;
}

Keys<PackagesSpec> packages_keys() {
  static constexpr std::array<Key<PackagesSpec>, 4> keys = {{
      {"names", [](const Value& v, PackagesSpec& p) { p.wishes = read_wishes(v); }},
      {"dependencies", [](const Value& v, PackagesSpec& p) { p.dependencies = read_dependencies(v); }},
      {"keep",
       [](const Value& v, PackagesSpec& p) {
         p.keep = read_distinct<std::string>(v, read_kept);
         std::sort(p.keep.begin(), p.keep.end());
       }},
      {"allow-setid", [](const Value& v, PackagesSpec& p) { p.allow_setid = v.boolean(); }},
  }};
  return keys;
}

PackagesSpec read_packages(const Value& value) {
  PackagesSpec packages;
  packages.where = value.where();
  if (value.is_list())
    packages.wishes = read_wishes(value);
  else
    read_mapping(value, packages_keys(), packages);
  return packages;
}

DebianSpec read_debian(const Value& value) {
  DebianSpec debian;
  read_mapping(value, debian_keys(), debian);
  return debian;
}

}  // namespace whittle::builder
