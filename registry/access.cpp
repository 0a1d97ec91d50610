#include "registry/access.hpp"

#include <fmt/format.h>

#include <map>
#include <mutex>

#include "common/error.hpp"
#include "layers/manifest.hpp"
#include "registry/archive.hpp"
#include "registry/archive_image.hpp"
#include "registry/archive_output.hpp"
#include "registry/client.hpp"
#include "registry/connect_rules.hpp"
#include "registry/curl_transport.hpp"
#include "registry/docker_archive.hpp"
#include "registry/docker_config.hpp"
#include "registry/docker_daemon.hpp"
#include "registry/layout.hpp"
#include "registry/layout_image.hpp"
#include "registry/oci_archive.hpp"
#include "registry/registry_destination.hpp"
#include "registry/registry_source.hpp"
#include "registry/retrying_transport.hpp"

namespace whittle::registry {
namespace {

constexpr std::string_view default_tag = "latest";

// The name that an image of the store has in the store's layout.
std::string store_name(const Place& place) {
  return fmt::format("{}:{}", place.name, place.tag.empty() ? default_tag : place.tag);
}

std::unique_ptr<ImageSource> open_layout(const Place& place) {
  LayoutSource::Wanted wanted{place.tag.empty() ? std::nullopt : std::optional(place.tag), place.digest};
  return std::make_unique<LayoutSource>(Layout::open(place.folder), std::move(wanted), place.text());
}

// Opens whittle's own store. Nobody but whittle writes there, so what is broken can be thrown away.
template <class Work>
auto in_store(Work&& work) {
  try {
    return work();
  } catch (Error& error) {
    if (error.kind() == ErrorKind::integrity)
      error.hint("that is whittle's own store, a part of its cache: remove that folder, and build again");
    throw;
  }
}

std::unique_ptr<ImageSource> open_store(const Place& place, const std::filesystem::path& folder) {
  try {
    LayoutSource::Wanted wanted{store_name(place), place.digest, place.name + ':'};
    return std::make_unique<LayoutSource>(Layout::open(folder), std::move(wanted), place.text());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    throw Error(ErrorKind::not_found,
                fmt::format("there is no image {}: nothing was built here yet", place.text()));
  }
}

constexpr std::string_view loaded_note =
    "Docker knows what it loads by its configuration, {}; unless it keeps images in containerd, it forgets "
    "the "
    "manifest, and with that the digest";

}  // namespace

// Everything that costs something is made when the first registry is asked.
struct Access::Shared {
  Shared(AccessOptions given, Reporter& told, std::stop_token token)
      : options(std::move(given)),
        reporter(told),
        stop(std::move(token)),
        rules(options.plain_http_hosts),
        docker_config(options.docker_configs, reporter),
        retries(options.retries, reporter, stop) {}

  // The client of a registry, one for all places in it: they share connections and tokens.
  std::shared_ptr<RegistryClient> client(const std::string& host) {
    const std::lock_guard lock(mutex);
    if (!transport) {
      connections = std::make_unique<CurlTransport>(TransportOptions{options.user_agent}, stop);
      transport = std::make_unique<RetryingTransport>(*connections, retries);
    }
    auto& client = clients[host];
    if (!client)
      client = std::make_shared<RegistryClient>(*transport, retries, rules, docker_config, reporter, host);
    return client;
  }

  std::shared_ptr<const Archive> open_archive(const Place& place) const {
    return Archive::open({place.file, options.standard_input, options.scratch, stop});
  }

  std::shared_ptr<DockerDaemon> daemon() const {
    return std::make_shared<DockerDaemon>(docker_socket(options.docker_host), options.user_agent, stop);
  }

  // What an archive's destination needs to become a file, or to go to standard output.
  ArchiveDestination::Options archive_options(const Place& place) const {
    const auto output = std::make_shared<ArchiveOutput>(
        ArchiveOutput::Where{place.file, options.standard_output, options.scratch, stop});
    return {output->folder(),
            [output](const TarImage& image, const layers::Document&) { output->write(image); }, place.digest,
            place.text()};
  }

  ArchiveDestination::Options daemon_options(const Place& place) {
    return {options.scratch,
            [this, docker = daemon()](const TarImage& image, const layers::Document& root) {
              docker->load(image);
              const auto manifest = layers::parse_manifest(root, "the image");
              reporter.note(fmt::format(loaded_note, manifest.config.digest.text()));
            },
            place.digest, place.text()};
  }

  AccessOptions options;
  Reporter& reporter;
  std::stop_token stop;
  ConnectRules rules;
  DockerConfig docker_config;
  Retries retries;
  std::mutex mutex;
  std::unique_ptr<Transport> connections;
  std::unique_ptr<Transport> transport;  // over the connections
  std::map<std::string, std::shared_ptr<RegistryClient>> clients;
};

Access::Access(AccessOptions options, Reporter& reporter, std::stop_token stop)
    : shared_(std::make_shared<Shared>(std::move(options), reporter, std::move(stop))) {}
Access::~Access() = default;

std::unique_ptr<ImageSource> Access::source(const Place& place) {
  using Kind = Place::Kind;
  const auto tag = place.tag.empty() ? std::nullopt : std::optional(place.tag);
  auto& shared = *shared_;
  switch (place.kind) {
    case Kind::layout:
      return open_layout(place);
    case Kind::store:
      return in_store([&] { return open_store(place, shared.options.store); });
    case Kind::oci_archive:
      return std::make_unique<OciArchiveSource>(shared.open_archive(place),
                                                OciArchiveSource::Wanted{tag, place.digest}, place.text());
    case Kind::docker_archive:
      return std::make_unique<DockerArchiveSource>(shared.open_archive(place),
                                                   DockerArchiveSource::Wanted{place.reference, place.digest},
                                                   place.text(), shared.reporter, shared.stop);
    case Kind::docker_daemon:
      return std::make_unique<DockerArchiveSource>(
          shared.daemon()->save(*place.reference, shared.options.scratch),
          DockerArchiveSource::Wanted{std::nullopt, place.digest}, place.text(), shared.reporter,
          shared.stop);
    case Kind::registry:
      break;
  }
  return std::make_unique<RegistrySource>(shared.client(place.reference->host), *place.reference);
}

std::unique_ptr<ImageDestination> Access::destination(const Place& place) {
  using Durability = AtomicFile::Durability;
  using Kind = Place::Kind;
  auto& shared = *shared_;
  switch (place.kind) {
    case Kind::layout:
      return std::make_unique<LayoutDestination>(place.folder, Durability::synced, std::string(), place.digest,
                                                 place.text());
    case Kind::store:
      return in_store([&] {
        return std::make_unique<LayoutDestination>(shared.options.store, Durability::content, place.name + ':',
                                                   place.digest, place.text());
      });
    case Kind::oci_archive:
      return std::make_unique<OciArchiveDestination>(shared.archive_options(place));
    case Kind::docker_archive:
      return std::make_unique<DockerArchiveDestination>(shared.archive_options(place), place.reference);
    case Kind::docker_daemon:
      return std::make_unique<DockerArchiveDestination>(shared.daemon_options(place), place.reference);
    case Kind::registry:
      break;
  }
  return std::make_unique<RegistryDestination>(shared.client(place.reference->host), *place.reference);
}

}  // namespace whittle::registry
