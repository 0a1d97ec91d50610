#include "builder/assemble.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "layers/media_types.hpp"

namespace whittle::builder {
namespace {

constexpr std::string_view layer_key_version = "layer 1";
constexpr std::string_view nonroot_user = "65532:65532";

}  // namespace

// Registries refuse larger documents (distribution-spec, "Pushing Manifests"); said before anything is
// uploaded.
layers::Document checked_size(layers::Document document, std::string_view what) {
  constexpr std::size_t largest = 4U << 20U;
  if (document.bytes.size() > largest)
    throw Error(ErrorKind::spec_limit,
                fmt::format("the {} of the image has {} bytes; the limit of registries is {}", what,
                            document.bytes.size(), largest))
        .hint("labels, annotations and environment are what makes it large");
  return document;
}

namespace {

// OCI and Docker types must not be mixed in one manifest: a base's layers take OCI's names, the bytes stay.
std::string oci_layer_type(const std::string& type) {
  return type == layers::media_type::docker_layer_gzip ? std::string(layers::media_type::oci_layer_gzip)
                                                       : type;
}

std::string user_of(const ImageSpec& spec, const layers::Execution& base, bool has_base) {
  if (!spec.user)
    return has_base && !base.user.empty() && base.user != "0" && base.user != "root" &&
                   !base.user.starts_with("0:") && !base.user.starts_with("root:")
               ? base.user
               : std::string(nonroot_user);
  const std::string& user = *spec.user;
  if (user == "nonroot") return std::string(nonroot_user);
  if (user == "root" && !has_base) return "0:0";
  return user;
}

}  // namespace

std::string timestamp(std::int64_t epoch) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(epoch)));
}

layers::Execution execution_of(const ImageSpec& spec, const layers::Execution& base,
                               const std::map<std::string, std::string>& labels, bool has_base) {
  layers::Execution execution = base;
  execution.user = user_of(spec, base, has_base);
  if (!has_base) execution.set_env("PATH", default_path);
  for (const auto& [name, value] : spec.env) execution.set_env(name, value);
  execution.entrypoint =
      spec.entrypoint ? *spec.entrypoint : std::vector<std::string>{spec.binaries.front().path};
  execution.cmd = spec.args;  // an entrypoint of one's own makes the base's arguments meaningless
  if (!spec.working_dir.empty()) execution.working_dir = spec.working_dir;
  execution.exposed_ports.insert(spec.ports.begin(), spec.ports.end());
  execution.volumes.insert(spec.volumes.begin(), spec.volumes.end());
  for (const auto& [name, value] : labels) execution.labels[name] = value;
  if (!spec.stop_signal.empty()) execution.stop_signal = spec.stop_signal;
  return execution;
}

void add_user_files(const ImageSpec& spec, layers::FileTree& tree) {
  std::string passwd =
      "root:x:0:0:root:/root:/sbin/nologin\n"
      "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n"
      "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n";
  std::string group = "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n";
  const std::string user = spec.user.value_or("nonroot");
  const std::string uid = user.substr(0, user.find(':'));
  const bool numeric = uid.find_first_not_of("0123456789") == std::string::npos;
  if (numeric && uid != "0" && uid != "65532" && uid != "65534") {
    const std::string gid = user.find(':') == std::string::npos ? uid : user.substr(user.find(':') + 1);
    passwd += fmt::format("user:x:{}:{}:user:/home/user:/sbin/nologin\n", uid, gid);
    if (gid != "0" && gid != "65532" && gid != "65534") group += fmt::format("user:x:{}:\n", gid);
  } else if (!numeric && uid != "root" && uid != "nobody" && uid != "nonroot") {
    throw Error(ErrorKind::spec,
                fmt::format("{}: the user {} is not known in an image on scratch (root, nobody and "
                            "nonroot are)",
                            spec.where.text(), shown(uid)))
        .hint("give the number: `user: \"1000:1000\"`");
  }
  const auto add = [&](const char* path, std::string text) {
    layers::FileEntry entry;
    entry.size = text.size();
    entry.content = Digest::of(text);
    entry.open = [text = std::move(text)] { return std::make_unique<TextSource>(text); };
    tree.add(path, std::move(entry));
  };
  if (!tree.entries().contains("etc/passwd")) add("etc/passwd", std::move(passwd));
  if (!tree.entries().contains("etc/group")) add("etc/group", std::move(group));
}

void Assembler::offer(const Digest& key, AssembledLayer layer) {
  offered_.insert_or_assign(key, std::move(layer));
}

bool Assembler::has(const layers::FileTree& tree, const ImagePlan& plan) {
  return remembered(key_of(tree.digest(), plan.spec->compression, plan.epoch), {}).has_value();
}

AssembledLayer Assembler::give(const Digest& key, AssembledLayer layer) {
  given_.insert_or_assign(layer.layer.descriptor.digest, std::pair(key, layer));
  return layer;
}

std::optional<AssembledLayer> Assembler::remembered(const Digest& key, const std::string& what) {
  if (auto layer = stored(key, what)) return layer;
  const auto found = offered_.find(key);
  if (found == offered_.end()) return std::nullopt;
  auto layer = found->second;
  layer.what = what;
  return layer;
}

std::optional<AssembledLayer> Assembler::stored(const Digest& key, const std::string& what) {
  const auto value = cache_.get("layer", key);
  if (!value) return std::nullopt;
  try {
    const Json json = parse_json(*value, "a cache entry");
    layers::Layer layer{layers::parse_descriptor(json.at("descriptor"), "a cache entry"),
                        Digest::parse(json.at("diffID").get<std::string>()),
                        json.at("uncompressedSize").get<std::uint64_t>()};
    const auto& digest = layer.descriptor.digest;
    const auto path = store_.folder() / "blobs" / digest.algorithm_name() / digest.hex();
    if (states_.file(path.native()) == digest) return AssembledLayer{what, std::move(layer), false};
    std::error_code ignored;
    if (std::filesystem::remove_all(path, ignored) > 0)
      reporter_.warn(fmt::format("the cached layer {} was damaged; it is made again", digest.text()));
  } catch (const std::exception&) {
    // an entry that cannot be read is a miss
  }
  return std::nullopt;
}

const std::string& Assembler::identity_of(const layers::Compression& compression) {
  auto& identity = identities_[compression];
  if (identity.empty()) identity = compression.identity();
  return identity;
}

Digest Assembler::key_of(const Digest& content, const layers::Compression& compression, std::int64_t epoch) {
  KeyHasher hasher;
  hasher.add(layer_key_version).add(layers::tar_identity()).add(identity_of(compression));
  hasher.add(static_cast<std::uint64_t>(epoch)).add(content.text());
  return hasher.finish();
}

AssembledLayer Assembler::layer_of(std::string what, const layers::FileTree& tree, const ImagePlan& plan) {
  const auto& compression = plan.spec->compression;
  const auto key = key_of(tree.digest(), compression, plan.epoch);
  if (auto layer = remembered(key, what)) return give(key, std::move(*layer));
  const auto label = fmt::format("layer of {} for {} ({})", what, plan.spec->name, plan.platform.text());
  return give(key, write(key, what, label, tree, compression, plan.epoch));
}

AssembledLayer Assembler::layer_of(const LazyLayer& wanted) {
  const auto key = key_of(wanted.content, wanted.compression, wanted.epoch);
  if (auto layer = remembered(key, wanted.what)) return give(key, std::move(*layer));
  return give(key, write(key, wanted.what, wanted.label, wanted.make(), wanted.compression, wanted.epoch));
}

void Assembler::remember(const Digest& key, const layers::Layer& layer) {
  const Json value = {{"descriptor", layers::to_json(layer.descriptor)},
                      {"diffID", layer.diff_id.text()},
                      {"uncompressedSize", layer.uncompressed_size}};
  cache_.put("layer", key, canonical(value));
}

AssembledLayer Assembler::layer_from(std::string what, const layers::FileTree& tree, const ImagePlan& plan,
                                     const layers::Layer& made, std::shared_ptr<registry::ImageSource> from) {
  const auto key = key_of(tree.digest(), plan.spec->compression, plan.epoch);
  if (auto layer = remembered(key, what)) return give(key, std::move(*layer));
  remember(key, made);
  return give(key, {std::move(what), made, true, std::move(from)});
}

AssembledLayer Assembler::write(const Digest& key, const std::string& what, const std::string& label,
                                const layers::FileTree& tree, const layers::Compression& compression,
                                std::int64_t epoch) {
  auto task = reporter_.start(label, 0);
  auto& members = members_.of(identity_of(compression));
  std::optional<layers::Layer> layer;
  store_.put_blob([&](ByteSink& out) {
    layer = layers::write_layer(tree, {compression, epoch, threads_, &members}, out, stop_);
  });
  members.learn(layer->descriptor.digest, layer->members);
  task->done(
      fmt::format("{} → {}", human_size(layer->uncompressed_size), human_size(layer->descriptor.size)));
  remember(key, *layer);
  return {what, std::move(*layer), true};
}

AssembledImage Assembler::assemble(const ImagePlan& plan, BuiltImage& image) {
  layers::ImageConfig config;
  std::vector<layers::Descriptor> descriptors;
  auto annotations = plan.annotations;
  if (plan.base != nullptr) {
    config = plan.base->config;
    for (auto layer : plan.base->manifest.layers) {
      layer.media_type = oci_layer_type(layer.media_type);
      image.add_foreign(layer, plan.base->source);
      descriptors.push_back(std::move(layer));
    }
    // History counts layers (image-spec, config.md): a base without any gets an entry for each of its own.
    if (config.history.empty())
      config.history.assign(descriptors.size(), {config.created, "layer of the base image"});
    annotations.insert(plan.base->annotations.begin(), plan.base->annotations.end());
  }
  config.platform = plan.platform;
  config.created = timestamp(plan.epoch);
  config.execution = execution_of(*plan.spec, config.execution, plan.labels, plan.base != nullptr);
  if (plan.soft_limit) config.execution.set_env("GOMEMLIMIT", go_size(*plan.soft_limit));

  std::vector<AssembledLayer> own_layers;
  if (!plan.files.empty()) own_layers.push_back(layer_of("files", plan.files, plan));
  own_layers.push_back(plan.binaries.value());
  for (const auto& own : own_layers) {
    if (own.from) image.add_foreign(own.layer.descriptor, own.from);
    descriptors.push_back(own.layer.descriptor);
    config.diff_ids.push_back(own.layer.diff_id);
    config.history.push_back({config.created, fmt::format("whittle build: {}", own.what)});
  }
  const auto config_document = checked_size(layers::write_config(config), "config");
  image.add(config_document);
  const auto manifest =
      checked_size(layers::write_manifest({std::string(layers::media_type::oci_manifest),
                                           config_document.descriptor(), descriptors, annotations}),
                   "manifest");
  AssembledImage result{manifest.descriptor(), std::move(own_layers)};
  for (const auto& descriptor : descriptors) result.size += descriptor.size;
  result.manifest.platform = plan.platform;
  image.add(manifest);
  return result;
}

}  // namespace whittle::builder
