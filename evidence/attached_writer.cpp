#include "evidence/attached_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>

#include "common/error.hpp"
#include "common/parallel.hpp"
#include "evidence/bundle.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"

namespace whittle::evidence {
namespace {

namespace media_type = layers::media_type;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int rounds = 5;
constexpr std::size_t most_layers = 1000;
constexpr milliseconds longest_settling{2000};

layers::Descriptor put_blob(const EvidenceTarget& target, std::string type, const std::string& bytes) {
  const layers::Descriptor descriptor{std::move(type), Digest::of(bytes), bytes.size()};
  if (target.destination.has_blob(descriptor)) return descriptor;
  const auto task =
      target.reporter.start(fmt::format("blob {}", descriptor.digest.short_hex()), bytes.size());
  target.destination.put_blob(
      descriptor, [&bytes] { return std::make_unique<TextSource>(bytes); }, *task);
  task->done("stored");
  return descriptor;
}

void hint_at_tag(Error& error) {
  if (error.kind() == ErrorKind::unsupported || error.kind() == ErrorKind::limit)
    error.hint(
        "the image itself is there, unchanged; `--form tag` stores the same in the older form, which refers "
        "to nothing");
}

bool has_layer(const std::optional<layers::Document>& document, const layers::Descriptor& layer) {
  if (!document) return false;
  const auto manifest = layers::parse_manifest(*document, "the manifest under the tag");
  return std::any_of(manifest.layers.begin(), manifest.layers.end(), [&](const auto& one) {
    return one.digest == layer.digest && one.annotations == layer.annotations;
  });
}

// The configuration that cosign gives such a manifest: it says nothing but what the layers are.
std::string config_of(const std::vector<layers::Descriptor>& layers) {
  Json ids = Json::array();
  for (const auto& layer : layers) ids.push_back(layer.digest.text());
  return canonical({{"architecture", ""},
                    {"os", ""},
                    {"config", Json::object()},
                    {"rootfs", {{"type", "layers"}, {"diff_ids", ids}}}});
}

layers::Document extended(const EvidenceTarget& target, const std::optional<layers::Document>& before,
                          const layers::Descriptor& layer) {
  layers::Manifest manifest{std::string(media_type::oci_manifest), layer, {}};
  if (before) manifest = layers::parse_manifest(*before, "the manifest under the tag");
  if (manifest.layers.size() >= most_layers)
    throw Error(ErrorKind::limit,
                fmt::format("the tag has {} layers already, the limit", manifest.layers.size()));
  manifest.layers.push_back(layer);
  manifest.config = put_blob(target, std::string(media_type::oci_config), config_of(manifest.layers));
  return layers::write_manifest(manifest);
}

// Whoever has read before us has written by then; a random part, so that two that met do not meet again.
void settle(Clock::duration took, int round, const std::stop_token& stop) {
  const auto least =
      std::min(milliseconds(50) + 2 * std::chrono::duration_cast<milliseconds>(took), longest_settling);
  std::random_device random;
  std::uniform_int_distribution<milliseconds::rep> more(0, milliseconds::rep{40} << round);
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_for(lock, stop, least + milliseconds(more(random)), [] { return false; });
  throw_if_stopped(stop);
}

}  // namespace

std::vector<Form> forms_of(StorageForm form) {
  if (form == StorageForm::both) return {Form::bundle, Form::tag};
  return {form == StorageForm::bundle ? Form::bundle : Form::tag};
}

void put_referrer(const EvidenceTarget& target, const layers::Descriptor& subject, const std::string& type,
                  const std::string& bytes, const layers::Annotations& annotations) {
  layers::Manifest manifest{std::string(media_type::oci_manifest),
                            put_blob(target, std::string(media_type::empty), "{}"),
                            {put_blob(target, type, bytes)},
                            annotations};
  manifest.subject = layers::Descriptor{subject.media_type, subject.digest, subject.size};
  manifest.artifact_type = type;
  try {
    target.destination.put_manifest(layers::write_manifest(manifest), {});
  } catch (Error& error) {
    hint_at_tag(error);
    throw;
  }
}

void put_bundle(const EvidenceTarget& target, const layers::Descriptor& subject, const std::string& bundle,
                std::string_view predicate_type) {
  put_referrer(target, subject, std::string(bundle_type), bundle,
               {{std::string(bundle_content_annotation), "dsse-envelope"},
                {std::string(bundle_predicate_annotation), std::string(predicate_type)}});
}

void append_to_tag(const EvidenceTarget& target, const std::string& tag, const std::string& type,
                   const std::string& bytes, const layers::Annotations& annotations) {
  auto layer = put_blob(target, type, bytes);
  layer.annotations = annotations;
  for (int round = 0; round < rounds; ++round) {
    const auto begin = Clock::now();
    target.destination.put_manifest(extended(target, target.source.tagged(tag), layer), tag);
    settle(Clock::now() - begin, round, target.stop);
    if (has_layer(target.source.tagged(tag), layer)) return;
  }
  throw Error(ErrorKind::remote_conflict,
              fmt::format("others change the tag {} at the same time; it lacks what was added after {} tries",
                          tag, rounds))
      .hint("run the same again");
}

}  // namespace whittle::evidence
