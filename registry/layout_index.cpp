#include "registry/layout_index.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::registry {
namespace {

[[noreturn]] void broken_text(const std::string& file, std::string_view why) {
  throw Error(ErrorKind::integrity, fmt::format("{} {}", file, why));
}

std::string candidates(const Json& manifests) {
  std::vector<std::string> list;
  for (const auto& entry : manifests) {
    const auto name = name_of_entry(entry);
    const auto digest = entry.is_object() ? entry.value("digest", Json()) : Json();
    list.push_back(name                 ? shown(*name)
                   : digest.is_string() ? "@" + escaped(digest.get<std::string>())
                                        : "(nameless)");
    if (list.size() == 20) break;
  }
  return fmt::format("{}{}", fmt::join(list, ", "), manifests.size() > list.size() ? ", …" : "");
}

// The descriptor that an entry is; nothing when it is none that is known here.
std::optional<layers::Descriptor> descriptor_of(const Json& entry, std::string_view where) {
  try {
    return layers::parse_descriptor(entry, where);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity && error.kind() != ErrorKind::unsupported) throw;
    return std::nullopt;
  }
}

}  // namespace

void check_layout_text(std::string_view text, const std::string& file) {
  const Json json = parse_json(text, file);
  const auto version = json.is_object() ? json.find("imageLayoutVersion") : json.end();
  if (!json.is_object() || version == json.end() || !version->is_string())
    broken_text(file, "does not state imageLayoutVersion");
  if (*version != "1.0.0")
    broken_text(file, fmt::format("has imageLayoutVersion {}; only 1.0.0 is known",
                                  shown(version->get<std::string>())));
}

std::optional<std::string> name_of_entry(const Json& entry) {
  if (!entry.is_object()) return std::nullopt;
  const auto annotations = entry.find("annotations");
  if (annotations == entry.end() || !annotations->is_object()) return std::nullopt;
  const auto name = annotations->find(ref_name);
  if (name == annotations->end() || !name->is_string()) return std::nullopt;
  return name->get<std::string>();
}

bool has_digest(const Json& entry, std::string_view digest) {
  if (!entry.is_object()) return false;
  const auto field = entry.find("digest");
  return field != entry.end() && field->is_string() && field->get_ref<const std::string&>() == digest;
}

LayoutIndex::LayoutIndex(std::string text, std::string file, std::string place)
    : text_(std::move(text)), file_(std::move(file)), place_(std::move(place)) {
  if (text_.empty()) broken_text(file_, "is empty");
  document_ = parse_json(text_, file_);
  const auto list = document_.is_object() ? document_.find("manifests") : document_.end();
  if (!document_.is_object() || list == document_.end() || !list->is_array())
    broken_text(file_, "has no list `manifests`");
}

std::optional<layers::Descriptor> LayoutIndex::find(const std::optional<std::string>& name,
                                                    const IsAttached& is_attached) const {
  std::vector<const Json*> found;  // of different digests
  for (const auto& entry : manifests()) {
    if (name && name_of_entry(entry) != name) continue;
    if (!entry.is_object()) broken_text(file_, "has an entry that is not an object");
    const auto same = [&](const Json* other) {
      return entry.value("digest", Json()) == other->value("digest", Json());
    };
    if (std::none_of(found.begin(), found.end(), same)) found.push_back(&entry);
  }
  if (!name && found.size() > 1 && is_attached)
    std::erase_if(found, [&](const Json* entry) {
      const auto descriptor = descriptor_of(*entry, file_);
      return descriptor && is_attached(*descriptor);
    });
  if (found.empty()) return std::nullopt;
  if (found.size() == 1) return layers::parse_descriptor(*found.front(), file_);
  const auto question =
      name ? fmt::format("several images are named {}", shown(*name)) : "it holds several images";
  Error error(ErrorKind::usage, fmt::format("{}: {}", place_, question));
  throw error.hint(fmt::format("name one of them by tag or digest: {}", candidates(manifests())));
}

std::optional<layers::Descriptor> LayoutIndex::find(const Digest& digest) const {
  for (const auto& entry : manifests())
    if (has_digest(entry, digest.text())) return layers::parse_descriptor(entry, file_);
  return std::nullopt;
}

std::vector<layers::Descriptor> LayoutIndex::entries() const {
  std::vector<layers::Descriptor> entries;
  for (const auto& entry : manifests())
    if (auto descriptor = descriptor_of(entry, file_)) entries.push_back(std::move(*descriptor));
  return entries;
}

std::vector<std::string> LayoutIndex::names() const {
  std::set<std::string> names;
  for (const auto& entry : manifests())
    if (auto name = name_of_entry(entry)) names.insert(std::move(*name));
  return {names.begin(), names.end()};
}

}  // namespace whittle::registry
