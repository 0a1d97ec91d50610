#include "registry/mirrored_source.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "common/file_sink.hpp"
#include "common/text.hpp"

namespace whittle::registry {
namespace {

// All of `source`, in a file without a name: nothing is handed on before it was verified.
std::unique_ptr<ByteSource> spooled(ByteSource& source, const std::filesystem::path& scratch) {
  make_directories(scratch);
  const auto fd = std::make_shared<const Fd>(nameless_file(scratch));
  FileSink sink(*fd, scratch);
  pump(source, sink);
  return std::make_unique<FileSource>(fd, scratch);
}

// Not the mirror's doing: what would fail with the next one, too.
bool is_ours(ErrorKind kind) {
  return kind == ErrorKind::interrupted || kind == ErrorKind::io || kind == ErrorKind::machine_limit ||
         kind == ErrorKind::internal;
}

}  // namespace

MirroredSource::MirroredSource(std::vector<MirrorSource> mirrors, std::unique_ptr<ImageSource> origin,
                               bool by_digest, std::filesystem::path scratch, Reporter& reporter)
    : origin_(std::move(origin)), by_digest_(by_digest), scratch_(std::move(scratch)), reporter_(reporter) {
  for (auto& mirror : mirrors) {
    mirrors_.push_back(std::make_unique<Mirror>());
    mirrors_.back()->given = std::move(mirror);
  }
}

ImageSource* MirroredSource::usable(Mirror& mirror, bool wanted) {
  const std::lock_guard lock(mirror.opening);
  if (mirror.given_up || !(wanted || mirror.answered_root)) return nullptr;
  if (!mirror.source) mirror.source = mirror.given.open();
  return mirror.source.get();
}

void MirroredSource::pass_over(Mirror& mirror, const Error& error) {
  if (is_ours(error.kind())) throw;
  const std::lock_guard lock(mirror.opening);
  if (error.kind() != ErrorKind::not_found) mirror.given_up = true;
  const auto line = fmt::format("the mirror {} is passed over: {}", mirror.given.name, error.message());
  if (std::exchange(mirror.told, true))
    reporter_.verbose(line);
  else
    reporter_.note(line);
}

// The first answer that is enough, of the mirrors that are `wanted` for this, else the registry's.
template <class Wanted, class Ask, class Enough>
auto MirroredSource::first_of(const Wanted& wanted, const Ask& ask, const Enough& enough)
    -> decltype(ask(std::declval<ImageSource&>())) {
  for (const auto& mirror : mirrors_) {
    try {
      auto* const source = usable(*mirror, wanted(mirror->given));
      if (source == nullptr) continue;
      if (auto answer = ask(*source); enough(answer)) return answer;
    } catch (const Error& error) {
      pass_over(*mirror, error);
    }
  }
  return ask(*origin_);
}

template <class Wanted, class Ask>
auto MirroredSource::first_of(const Wanted& wanted, const Ask& ask) {
  return first_of(wanted, ask, [](const auto&) { return true; });
}

layers::Document MirroredSource::root() {
  return first_of(
      [&](const MirrorSource& mirror) { return by_digest_ ? mirror.for_digests : mirror.for_tags; },
      [&](ImageSource& source) {
        auto document = source.root();
        for (const auto& mirror : mirrors_) {
          const std::lock_guard lock(mirror->opening);
          if (mirror->source.get() == &source) mirror->answered_root = true;
        }
        return document;
      });
}

layers::Document MirroredSource::manifest(const layers::Descriptor& descriptor) {
  return first_of([](const MirrorSource& mirror) { return mirror.for_digests; },
                  [&](ImageSource& source) { return source.manifest(descriptor); });
}

std::unique_ptr<ByteSource> MirroredSource::open_blob(const layers::Descriptor& descriptor) {
  return first_of([](const MirrorSource& mirror) { return mirror.for_digests; },
                  [&](ImageSource& source) {
                    auto blob = source.open_blob(descriptor);
                    if (&source == origin_.get()) return blob;
                    return spooled(*blob, scratch_);
                  });
}

std::vector<layers::Descriptor> MirroredSource::referrers(const Digest& subject) {
  return first_of([](const MirrorSource& mirror) { return mirror.for_tags; },
                  [&](ImageSource& source) { return source.referrers(subject); },
                  [](const auto& list) { return !list.empty(); });
}

std::optional<layers::Document> MirroredSource::tagged(const std::string& tag) {
  return first_of([](const MirrorSource& mirror) { return mirror.for_tags; },
                  [&](ImageSource& source) { return source.tagged(tag); },
                  [](const auto& document) { return document.has_value(); });
}

}  // namespace whittle::registry
