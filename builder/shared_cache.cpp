#include "builder/shared_cache.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "builder/built_image.hpp"
#include "builder/shared_text.hpp"
#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/blob_presence.hpp"
#include "registry/copy.hpp"

namespace whittle::builder {
namespace {

namespace type = layers::media_type;

constexpr std::string_view artifact_type = "application/vnd.whittle.cache.record.v1+json";
constexpr std::string_view older_annotation = "dev.whittle.cache.older";  // "DIGEST SIZE", parted by blanks
constexpr std::size_t most_candidates = 8;  // that are kept, and looked at, under one key

std::string tag_of(const Digest& key) {
  return fmt::format("whittle-cache-{}", key.hex());
}

// Those beyond the limit, and all behind one that is ill-formed, are as if they were not there.
std::vector<layers::Descriptor> older_of(const layers::Manifest& manifest) {
  std::vector<layers::Descriptor> older;
  const auto found = manifest.annotations.find(std::string(older_annotation));
  if (found == manifest.annotations.end()) return older;
  std::string_view text = found->second;
  const auto word = [&] {
    const auto end = std::min(text.find(' '), text.size());
    const std::string result(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return result;
  };
  try {
    while (!text.empty() && older.size() + 1 < most_candidates) {
      auto digest = Digest::parse(word());
      const auto size = whole_number<std::uint64_t>(word());
      if (!size) break;
      older.push_back({std::string(type::oci_manifest), std::move(digest), *size});
    }
  } catch (const Error&) {
    // no digest
  }
  return older;
}

}  // namespace

std::optional<SharedRecord> SharedCache::find(const Digest& key, const std::string& what, const Fits& fits) {
  std::optional<SharedRecord> found;
  place_.ask(what, [&] { found = first_fitting(key, what, fits); });
  return found;
}

std::optional<SharedRecord> SharedCache::first_fitting(const Digest& key, const std::string& what,
                                                       const Fits& fits) {
  const auto document = place_.tagged(tag_of(key));
  if (!document) return std::nullopt;
  const auto manifest = layers::parse_manifest(*document, "the newest record");
  auto record = read(*document, key, what, fits);
  const auto older = older_of(manifest);
  for (std::size_t i = 0; !record && i < older.size(); ++i) {
    throw_if_stopped(stop_);
    try {
      record = read(place_.asked().manifest(older[i]), key, what, fits);
    } catch (const Error& error) {
      if (!is_of_content(error)) throw;
      reporter_.verbose(
          fmt::format("{}: record {} is not there: {}", what, older[i].digest.text(), error.what()));
    }
  }
  return record;
}

// Nothing when it does not fit, or is not to be used, which is told.
std::optional<SharedRecord> SharedCache::read(const layers::Document& document, const Digest& key,
                                              const std::string& what, const Fits& fits) {
  const auto name = fmt::format("record {}", document.digest.text());
  try {
    const auto manifest = layers::parse_manifest(document, name);
    auto record = shared_record_from(text_in(manifest, artifact_type, place_.options().trust), "the record");
    if (record.key != key) throw Error(ErrorKind::integrity, "it was made for something else, and put here");
    if (!fits(record)) {
      reporter_.verbose(fmt::format("{}: {} of the shared cache is of other sources", what, name));
      return std::nullopt;
    }
    for (const auto& layer : record.layers)
      if (!registry::has_blob(place_.asked(), layer.descriptor))
        throw Error(ErrorKind::not_found, fmt::format("the layer {} of {} bytes that it names is not there",
                                                      layer.descriptor.digest.text(), layer.descriptor.size));
    return record;
  } catch (const Error& error) {
    if (!is_of_content(error)) throw;
    reporter_.warn(fmt::format("{}: {} of the shared cache is not used: {}", what, name, error.what()));
    return std::nullopt;
  }
}

// What lies under a key when a record is about to be put there.
struct SharedCache::Before {
  bool is_same = false;
  std::vector<layers::Descriptor> older = {};  // the newest first
};

SharedCache::Before SharedCache::before(const Digest& key, const std::string& text) {
  const auto answer = place_.expect_answer();
  const auto document = place_.tagged(tag_of(key));
  if (!document) return {};
  try {
    const auto manifest = layers::parse_manifest(*document, "the newest record");
    Before result{false, older_of(manifest)};
    try {
      const auto there = text_in(manifest, artifact_type, place_.options().trust);
      result.is_same = there == text;
      if (shared_record_from(there, "the record").key == key)
        result.older.insert(result.older.begin(), document->descriptor());
    } catch (const Error& error) {
      if (!is_of_content(error)) throw;  // else it is left out
    }
    while (result.older.size() >= most_candidates) result.older.pop_back();
    return result;
  } catch (const Error& error) {
    if (!is_of_content(error)) throw;
    return {};
  }
}

// The layers keep what the record needs from being collected as garbage.
layers::Document SharedCache::document_of(const SharedRecord& record, const std::string& text,
                                          const std::vector<layers::Descriptor>& older) {
  const layers::Document config(std::string(type::empty), "{}");
  layers::Manifest manifest{std::string(type::oci_manifest), config.descriptor(), {}};
  for (const auto& layer : record.layers) {
    auto descriptor = layer.descriptor;
    descriptor.annotations.clear();
    manifest.layers.push_back(std::move(descriptor));
  }
  if (manifest.layers.empty()) manifest.layers.push_back(config.descriptor());
  put_text(manifest, artifact_type, text, place_.options().signer);
  std::vector<std::string> names;
  for (const auto& one : older) names.push_back(fmt::format("{} {}", one.digest.text(), one.size));
  if (!names.empty())
    manifest.annotations.emplace(older_annotation, fmt::format("{}", fmt::join(names, " ")));
  return layers::write_manifest(manifest);
}

void SharedCache::keep(const SharedRecord& record, const std::string& what, const registry::Layout& store,
                       const std::shared_ptr<registry::ImageSource>& from) {
  if (!place_.writes()) return;
  const auto text = to_text(record);
  if (!text) {
    reporter_.note(fmt::format(
        "{}: not kept in the shared cache: the names of what it was made from are too many, or no UTF-8",
        what));
    return;
  }
  place_.write(fmt::format("keeping what {} was made from", what), [&](registry::ImageDestination& to) {
    const auto known = before(record.key, *text);
    if (known.is_same) return;
    BuiltImage entry(fmt::format("the record of {}", what), store);
    entry.add(layers::Document(std::string(type::empty), "{}"));
    if (from)
      for (const auto& layer : record.layers) entry.add_foreign(layer.descriptor, from);
    entry.add(document_of(record, *text, known.older));
    registry::CopyOptions copy;
    copy.tags = {tag_of(record.key)};
    SilentReporter silent;
    registry::copy_image(entry, to, copy, silent, stop_);
    reporter_.verbose(fmt::format("{}: kept in the shared cache {}", what, place_.options().place.text()));
  });
}

}  // namespace whittle::builder
