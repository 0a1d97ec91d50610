#include "builder/shared_packages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "builder/go_cache_index.hpp"
#include "builder/go_environment.hpp"
#include "builder/go_project.hpp"
#include "builder/shared_text.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/file_sink.hpp"
#include "common/json.hpp"
#include "common/limits.hpp"
#include "common/report.hpp"
#include "common/text.hpp"
#include "layers/compression.hpp"
#include "layers/entry_content.hpp"
#include "layers/file_tree.hpp"
#include "layers/layer_writer.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "layers/tar_reader.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

namespace type = layers::media_type;
using Clock = std::chrono::steady_clock;

constexpr std::string_view packages_type = "application/vnd.whittle.cache.packages.v1+json";
constexpr std::string_view packages_index_type = "application/vnd.whittle.cache.packages.index.v1+json";
constexpr std::uint64_t text_version = 1;
constexpr std::string_view key_version = "packages 1";

// A processor makes about that many bytes of objects in a second (bench/fleet).
constexpr double compiled_per_second = 3e6;
// Of less, compiling takes no longer than a few questions to a registry that is far away.
constexpr std::uint64_t least_worth = 8U << 20U;  // bytes of objects
// For so long it is not asked how quickly they come: connections begin slowly.
constexpr std::chrono::seconds grace{1};

std::string packages_tag(const Digest& key) {
  return fmt::format("whittle-packages-{}", key.hex());
}

std::string text_of(const Digest& key, const layers::Descriptor& index) {
  return canonical({{"version", text_version},
                    {"key", key.text()},
                    {"index", {{"digest", index.digest.text()}, {"size", index.size}}}});
}

// The index that a text is about.
layers::Descriptor index_in(std::string_view text, const Digest& key) {
  const auto json = parse_json(text, "their text");
  try {
    if (json.at("version") != text_version)
      throw Error(ErrorKind::unsupported, "they are of another version of whittle");
    if (json.at("key") != key.text())
      throw Error(ErrorKind::integrity, "they were made for something else, and put here");
    const auto& index = json.at("index");
    if (!index.at("size").is_number_unsigned()) throw Error(ErrorKind::integrity, "a size is no number");
    return {std::string(packages_index_type), Digest::parse(index.at("digest").get<std::string>()),
            index.at("size").get<std::uint64_t>()};
  } catch (const Json::exception&) {
    throw Error(ErrorKind::integrity, "their text lacks a field, or has one of another kind");
  }
}

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

layers::FileTree tree_of(const std::vector<GoCacheEntry>& entries, const GoBuildCache& cache) {
  std::map<Sha256, std::uint64_t> objects;
  for (const auto& entry : entries) objects.emplace(entry.object, entry.size);
  layers::FileTree tree;
  for (const auto& [object, size] : objects) {
    layers::FileEntry file;
    file.size = size;
    file.content = to_digest(object);
    file.open = [path = cache.object_file(object)] { return std::make_unique<FileSource>(path); };
    tree.add(to_hex(object), std::move(file));
  }
  return tree;
}

// Writes the objects into the file, as what Kept::objects describes.
layers::Descriptor pack(const std::vector<GoCacheEntry>& entries, const GoBuildCache& cache, const Fd& file,
                        const fs::path& scratch, unsigned jobs, const std::stop_token& stop) {
  layers::LayerOptions options{{layers::Compression::Format::zstd, layers::Compression::Level::fast}};
  options.threads = jobs;
  FileSink sink(file, scratch);
  return layers::write_layer(tree_of(entries, cache), options, sink, stop).descriptor;
}

struct Kept {
  std::vector<GoCacheEntry> entries;
  layers::Descriptor objects;  // a tar of them, compressed
};

// What lies under the key of a set; nothing when that is none. Within a question.
std::optional<Kept> kept_in(SharedPlace& place, const CompiledSet& set) {
  const auto document = place.tagged(packages_tag(set.key));
  if (!document) return std::nullopt;
  const auto manifest = layers::parse_manifest(*document, "their manifest");
  const auto index = index_in(text_in(manifest, packages_type, place.options().trust), set.key);
  if (manifest.layers.size() != 2)
    throw Error(ErrorKind::integrity, "their manifest is not of an index and of objects");
  const auto source = place.asked().open_blob(index);
  return Kept{cache_entries_from(read_all(*source, largest_cache_index, "their index"), "their index"),
              manifest.layers[1]};
}

// How a download goes, and whether it should go on.
struct Progress {
  double least;  // bytes per second
  const std::stop_token& stop;
  Task& task;
  Clock::time_point begin = Clock::now();
  std::uint64_t fetched = 0;  // bytes
  std::uint64_t taken = 0;    // bytes of objects
  bool given_up = false;

  double rate() const {
    const std::chrono::duration<double> time = Clock::now() - begin;
    return static_cast<double>(fetched) / std::max(time.count(), 1e-3);
  }
};

// The bytes of a blob on their way. Ends, with an Error that nobody sees, when the download should not go on.
class Arriving final : public ByteSource {
 public:
  Arriving(std::unique_ptr<ByteSource> inner, SharedPlace& place, Progress& progress)
      : inner_(std::move(inner)), place_(place), progress_(progress) {}

  std::size_t read(MutableBytes buffer) override {
    const bool too_slow = Clock::now() - progress_.begin > grace && progress_.rate() < progress_.least;
    progress_.given_up = too_slow || progress_.stop.stop_requested();
    if (progress_.given_up) throw Error(ErrorKind::interrupted, "the rest is not worth it");
    const auto answer = place_.expect_answer();
    const auto count = inner_->read(buffer);
    progress_.fetched += count;
    progress_.task.advance(count);
    return count;
  }

 private:
  std::unique_ptr<ByteSource> inner_;
  SharedPlace& place_;
  Progress& progress_;
};

// Of a tar of their objects.
Limits limits_of(const std::vector<GoCacheEntry>& entries) {
  Limits limits;
  limits.layer_entries = entries.size();
  limits.uncompressed_layer = bytes_of(entries) + (entries.size() + 32) * 1024;  // headers and padding
  return limits;
}

// Takes each object as it comes, with the entries that lead to it: what has come is of use without the rest.
void take(std::unique_ptr<ByteSource> blob, const std::vector<GoCacheEntry>& missing, const Limits& limits,
          GoBuildCache& cache, Progress& progress) {
  std::multimap<Sha256, GoCacheEntry> wanted;  // by object
  for (const auto& entry : missing) wanted.emplace(entry.object, entry);
  const auto plain = layers::decompress(std::move(blob), "the objects", limits);
  layers::TarReader tar(*plain, "the objects", {}, limits);
  while (const auto member = tar.next()) {
    const auto object = sha256_from_hex(member->path);
    if (!object || !member->is_file())
      throw Error(ErrorKind::integrity, fmt::format("{} is among the objects", shown(member->path)));
    const auto [begin, end] = wanted.equal_range(*object);
    if (begin == end) continue;  // it is here
    if (!cache.has_object(begin->second))
      cache.put_object(begin->second, std::make_unique<layers::EntryContent>(tar));
    for (auto entry = begin; entry != end; ++entry) cache.put(entry->second);
    progress.taken += begin->second.size;
    wanted.erase(begin, end);
  }
  if (!wanted.empty()) throw Error(ErrorKind::integrity, "objects of the index are not among them");
}

}  // namespace

CompiledSet compiled_set_of(const CompileRequest& request, const GoToolchain& go) {
  const auto module = module_path(request.main.module);
  KeyHasher key;
  key.add(key_version).add(go.version).add(go.identity.text()).add(module).add(request.platform.text());
  for (const auto& text : instruction_set(request.platform)) key.add(text);
  if (request.c_compiler) key.add("cgo").add(request.c_compiler->identity.digest.text());
  return {key.finish(), fmt::format("{} for {}", escaped(module), request.platform.text())};
}

bool should_replace(const std::vector<GoCacheEntry>& made, const std::vector<GoCacheEntry>& there) {
  const std::set<GoCacheEntry> known(there.begin(), there.end());
  std::vector<GoCacheEntry> lacking;
  std::copy_if(made.begin(), made.end(), std::back_inserter(lacking),
               [&](const GoCacheEntry& entry) { return !known.contains(entry); });
  return bytes_of(lacking) > bytes_of(made) / 4 && bytes_of(made) >= bytes_of(there) / 2;
}

double least_rate(std::uint64_t size, std::uint64_t missing, unsigned jobs) {
  return static_cast<double>(size) * compiled_per_second * std::max(jobs, 1U) /
         static_cast<double>(std::max<std::uint64_t>(missing, 1));
}

void SharedPackages::fetch(const CompiledSet& set, GoBuildCache cache, unsigned jobs,
                           const std::stop_token& stop) {
  const auto what = fmt::format("compiled packages of {}", set.name);
  place_.ask(what, [&] {
    const auto there = kept_in(place_, set);
    if (!there) return;
    auto missing = there->entries;
    std::erase_if(missing, [&](const GoCacheEntry& entry) { return cache.has(entry); });
    const auto bytes = bytes_of(missing);
    if (bytes < least_worth) {
      reporter_.verbose(fmt::format("{}: {} of {} in the shared cache are here already", what,
                                    megabytes(bytes_of(there->entries) - bytes),
                                    megabytes(bytes_of(there->entries))));
      return;
    }
    const auto task = reporter_.start(fmt::format("fetching {}", what), there->objects.size);
    Progress progress{least_rate(there->objects.size, bytes, jobs), stop, *task};
    try {
      auto blob = place_.asked().open_blob(there->objects);
      take(std::make_unique<Arriving>(std::move(blob), place_, progress), missing, limits_of(there->entries),
           cache, progress);
      task->done(fmt::format("{} of objects that need not be compiled", megabytes(progress.taken)));
    } catch (const Error&) {
      if (!progress.given_up) throw;
      if (stop.stop_requested()) return;
      task->done(fmt::format("left after {}: at {} a second, compiling the rest is quicker",
                             megabytes(progress.fetched),
                             megabytes(static_cast<std::uint64_t>(progress.rate()))));
    }
  });
}

void SharedPackages::keep(const CompiledSet& set, const std::vector<GoCacheEntry>& entries,
                          const GoBuildCache& cache, const fs::path& scratch, unsigned jobs,
                          const std::stop_token& stop) {
  const auto what = fmt::format("compiled packages of {}", set.name);
  if (!place_.writes() || bytes_of(entries) < least_worth) return;
  if (entries.size() > most_cache_entries) {
    reporter_.note(fmt::format("{}: not kept in the shared cache: there are {}, more than {}", what,
                               entries.size(), most_cache_entries));
    return;
  }
  bool wanted = true;
  place_.ask(what, [&] {
    const auto there = kept_in(place_, set);
    wanted = !there || should_replace(entries, there->entries);
  });
  if (!wanted) {
    reporter_.verbose(fmt::format("{}: what the shared cache has will do", what));
    return;
  }
  place_.write(fmt::format("keeping {}", what), [&](registry::ImageDestination& to) {
    const auto task = reporter_.start(fmt::format("keeping {}", what), 0);
    const auto file = std::make_shared<const Fd>(nameless_file(scratch));
    const auto objects = pack(entries, cache, *file, scratch, jobs, stop);
    const layers::Document config(std::string(type::empty), "{}");
    const layers::Document index(std::string(packages_index_type), to_text(entries));
    const auto put = [&](const layers::Descriptor& blob, const OpenSource& open) {
      if (!to.has_blob(blob)) to.put_blob(blob, open, *task);
    };
    put(objects, [&] { return std::make_unique<FileSource>(file, scratch); });
    for (const auto* one : {&config, &index})
      put(one->descriptor(), [one] { return std::make_unique<TextSource>(one->bytes); });
    layers::Manifest manifest{
        std::string(type::oci_manifest), config.descriptor(), {index.descriptor(), objects}};
    put_text(manifest, packages_type, text_of(set.key, index.descriptor()), place_.options().signer);
    to.put_root(layers::write_manifest(manifest), {packages_tag(set.key)});
    task->done(fmt::format("{} of objects", megabytes(bytes_of(entries))));
  });
}

}  // namespace whittle::builder
