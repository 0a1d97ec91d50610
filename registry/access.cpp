#include "registry/access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "common/error.hpp"
#include "layers/manifest.hpp"
#include "registry/archive.hpp"
#include "registry/archive_image.hpp"
#include "registry/archive_output.hpp"
#include "registry/client.hpp"
#include "registry/connect_rules.hpp"
#include "registry/credential_store.hpp"
#include "registry/docker_archive.hpp"
#include "registry/docker_context.hpp"
#include "registry/docker_daemon.hpp"
#include "registry/foreign_layers.hpp"
#include "registry/http_transport.hpp"
#include "registry/layout.hpp"
#include "registry/layout_image.hpp"
#include "registry/mirrored_source.hpp"
#include "registry/oci_archive.hpp"
#include "registry/registries_conf.hpp"
#include "registry/registry_destination.hpp"
#include "registry/registry_source.hpp"
#include "registry/retrying_transport.hpp"
#include "registry/system_authorities.hpp"
#include "registry/web_client.hpp"

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

// A mirror is not waited for: whoever is behind it has the same.
RetryPolicy of_mirrors(RetryPolicy policy) {
  policy.attempts = std::min(policy.attempts, 3U);
  policy.first_patience = std::min(policy.first_patience, RetryPolicy::Time(1'000));
  policy.patience = std::min(policy.patience, RetryPolicy::Time(5'000));
  policy.longest_pause = std::min(policy.longest_pause, RetryPolicy::Time(5'000));
  return policy;
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
        certificates(options.certificates, reporter),
        rules(options.plain_http_hosts, options.realms,
              [this](const std::string& authority) { return certificates.find(authority) != nullptr; }),
        registries(options.registries),
        credentials(options.credential_files, options.helpers, reporter, stop),
        retries(options.retries, reporter, stop),
        mirror_retries(of_mirrors(options.retries), reporter, stop) {}

  // Without a check of its certificate, or, where nobody answers that, by plain http (hostile.md, 192). Only
  // what is named as insecure; its credentials still go by TLS alone.
  void settle_insecure(const std::string& host) {
    auto url = rules.base_of(host);
    url.scheme = "https";
    url.path = "/v2/";
    certificates.set_unverified(url.authority(), true);
    try {
      auto response = connections->send({"GET", url});
      discard(response);
      reporter.warn(fmt::format("{} is insecure by registries.conf: its certificate is not checked", host));
      return;
    } catch (const RegistryError& error) {
      if (error.kind() != ErrorKind::network) throw;
    }
    certificates.set_unverified(url.authority(), false);
    rules.allow_plain_http(url.authority());
    reporter.warn(fmt::format("{} is insecure by registries.conf: it is reached by plain http", host));
  }

  // What a registry is asked as: what a place names, what stands behind mirrors, or a mirror.
  enum class Role { named, behind_mirrors, mirror };

  // The client of a registry, one for all places in it: they share connections and tokens.
  std::shared_ptr<RegistryClient> client(const std::string& host, Role role, bool insecure) {
    const std::lock_guard lock(mutex);
    connect();
    if (role == Role::named) certificates.add_registry(rules.base_of(host).authority());
    const bool is_mirror = role == Role::mirror;
    auto& client = clients[{host, is_mirror}];
    if (client) return client;
    if (insecure) settle_insecure(host);
    client = std::make_shared<RegistryClient>(is_mirror ? *mirror_transport : *transport,
                                              is_mirror ? mirror_retries : retries, rules, credentials,
                                              reporter, host);
    return client;
  }

  // An image of a registry, by way of its mirrors where there are some. Each of them has a client of its own,
  // and so gets only what the user has set up for it.
  std::unique_ptr<ImageSource> registry_source(const Reference& reference) {
    const auto plan = registries.pull(reference);
    const auto open = [this](const Reference& at, Role role, bool insecure) {
      return std::make_unique<RegistrySource>(client(at.host, role, insecure), at);
    };
    const bool is_named = plan.origin.host == reference.host;
    auto origin = open(plan.origin, is_named ? Role::named : Role::behind_mirrors, plan.insecure);
    if (plan.mirrors.empty()) return origin;
    std::vector<MirrorSource> mirrors;
    for (const auto& mirror : plan.mirrors)
      mirrors.push_back({mirror.reference.name(),
                         [open, mirror] { return open(mirror.reference, Role::mirror, mirror.insecure); },
                         mirror.for_tags, mirror.for_digests});
    return std::make_unique<MirroredSource>(std::move(mirrors), std::move(origin),
                                            reference.digest.has_value(), options.scratch, reporter);
  }

  // Under the mutex.
  void connect() {
    if (transport) return;
    connections = make_connections();
    transport = std::make_unique<RetryingTransport>(*connections, retries);
    mirror_transport = std::make_unique<RetryingTransport>(*connections, mirror_retries);
  }

  WebClient& web_client() {
    const std::lock_guard lock(mutex);
    connect();
    if (!web) web.emplace(*transport, retries);
    return *web;
  }

  TransportOptions transport_options() const {
    TransportOptions result{options.user_agent};
    result.proxies = Proxies(options.proxies);
    result.authorities = options.authorities.empty() ? system_authorities().native() : options.authorities;
    result.connect = std::chrono::seconds(options.limits.connect);
    result.patience.first_byte = std::chrono::seconds(options.limits.first_byte);
    return result;
  }

  std::unique_ptr<Transport> make_connections() {
    auto of_registries = transport_options();
    of_registries.identity = [this](const std::string& authority) { return certificates.find(authority); };
    return std::make_unique<HttpTransport>(std::move(of_registries), stop);
  }

  // By connections of their own, without certificates to show and to public addresses alone.
  ForeignLayers& foreign_layers() {
    const std::lock_guard lock(mutex);
    if (!foreign) {
      auto public_ones = transport_options();
      public_ones.only_public = [hosts = options.plain_http_hosts](const Url& url) {
        return !hosts.contains(url.host) && !hosts.contains(url.authority());
      };
      foreign_connections = std::make_unique<HttpTransport>(std::move(public_ones), stop);
      foreign_transport = std::make_unique<RetryingTransport>(*foreign_connections, retries);
      foreign = std::make_unique<ForeignLayers>(*foreign_transport, options.plain_http_hosts);
    }
    return *foreign;
  }

  std::shared_ptr<const Archive> open_archive(const Place& place) const {
    return Archive::open({place.file, options.standard_input, options.scratch, stop, options.limits});
  }

  std::shared_ptr<DockerDaemon> daemon() const {
    return std::make_shared<DockerDaemon>(docker_socket(docker_endpoint(options.docker)), options.user_agent,
                                          stop);
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
  Certificates certificates;
  ConnectRules rules;
  RegistriesConf registries;
  CredentialStore credentials;
  Retries retries;
  Retries mirror_retries;
  std::mutex mutex;
  std::unique_ptr<Transport> connections;
  std::unique_ptr<Transport> transport;  // over the connections
  std::unique_ptr<Transport> mirror_transport;
  std::unique_ptr<Transport> foreign_connections;
  std::unique_ptr<Transport> foreign_transport;
  std::unique_ptr<ForeignLayers> foreign;
  std::map<std::pair<std::string, bool>, std::shared_ptr<RegistryClient>> clients;  // by host, mirrors apart
  std::optional<WebClient> web;
};

Access::Access(AccessOptions options, Reporter& reporter, std::stop_token stop)
    : shared_(std::make_shared<Shared>(std::move(options), reporter, std::move(stop))) {}
Access::~Access() = default;

Web& Access::web() {
  return shared_->web_client();
}

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
      return std::make_unique<DockerArchiveSource>(
          shared.open_archive(place), DockerArchiveSource::Wanted{place.reference, place.digest},
          place.text(), shared.reporter, shared.stop, shared.options.limits);
    case Kind::docker_daemon:
      return std::make_unique<DockerArchiveSource>(
          shared.daemon()->save(*place.reference, shared.options.scratch, shared.options.limits),
          DockerArchiveSource::Wanted{std::nullopt, place.digest}, place.text(), shared.reporter, shared.stop,
          shared.options.limits);
    case Kind::registry:
      break;
  }
  return shared.registry_source(*place.reference);
}

std::unique_ptr<ByteSource> Access::open_foreign(const layers::Descriptor& layer) {
  return shared_->foreign_layers().open(layer);
}

std::unique_ptr<ImageDestination> Access::destination(const Place& place) {
  using Durability = AtomicFile::Durability;
  using Kind = Place::Kind;
  auto& shared = *shared_;
  switch (place.kind) {
    case Kind::layout:
      return std::make_unique<LayoutDestination>(place.folder, Durability::synced, std::string(),
                                                 place.digest, place.text());
    case Kind::store:
      return in_store([&] {
        return std::make_unique<LayoutDestination>(shared.options.store, Durability::content,
                                                   place.name + ':', place.digest, place.text());
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
  const bool insecure = shared.registries.push(*place.reference);
  return std::make_unique<RegistryDestination>(
      shared.client(place.reference->host, Access::Shared::Role::named, insecure), *place.reference);
}

}  // namespace whittle::registry
