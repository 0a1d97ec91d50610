#include "registry/access.hpp"

#include <fmt/format.h>

#include <map>
#include <mutex>

#include "common/error.hpp"
#include "registry/client.hpp"
#include "registry/connect_rules.hpp"
#include "registry/credential_store.hpp"
#include "registry/curl_transport.hpp"
#include "registry/layout.hpp"
#include "registry/layout_image.hpp"
#include "registry/mirrored_source.hpp"
#include "registry/registries_conf.hpp"
#include "registry/registry_destination.hpp"
#include "registry/registry_source.hpp"

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

std::unique_ptr<ImageSource> open_store(const Place& place, const std::filesystem::path& folder) {
  try {
    LayoutSource::Wanted wanted{store_name(place), place.digest};
    return std::make_unique<LayoutSource>(Layout::open(folder), std::move(wanted), place.text());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    throw Error(ErrorKind::not_found,
                fmt::format("there is no image {}: nothing was built here yet", place.text()));
  }
}

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
        credentials(options.credential_files, options.helpers, reporter, stop) {}

  // Without a check of its certificate, or, where nobody answers that, by plain http (hostile.md, 192). Only
  // what is named as insecure; its credentials still go by TLS alone.
  void settle_insecure(const std::string& host) {
    auto url = rules.base_of(host);
    url.scheme = "https";
    url.path = "/v2/";
    certificates.set_unverified(url.authority(), true);
    try {
      auto response = transport->send({"GET", url});
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

  // The client of a registry, one for all places in it: they share connections and tokens. `named` is false
  // for what no place names.
  std::shared_ptr<RegistryClient> client(const std::string& host, bool named, bool insecure) {
    const std::lock_guard lock(mutex);
    if (!transport) transport = make_transport();
    if (named) certificates.add_registry(rules.base_of(host).authority());
    auto& client = clients[host];
    if (client) return client;
    if (insecure) settle_insecure(host);
    client = std::make_shared<RegistryClient>(*transport, rules, credentials, reporter, host);
    return client;
  }

  // An image of a registry, by way of its mirrors where there are some. Each of them has a client of its own,
  // and so gets only what the user has set up for it.
  std::unique_ptr<ImageSource> registry_source(const Reference& reference) {
    const auto plan = registries.pull(reference);
    const auto open = [this](const Reference& at, bool named, bool insecure) {
      return std::make_unique<RegistrySource>(client(at.host, named, insecure), at);
    };
    auto origin = open(plan.origin, plan.origin.host == reference.host, plan.insecure);
    if (plan.mirrors.empty()) return origin;
    std::vector<MirrorSource> mirrors;
    for (const auto& mirror : plan.mirrors)
      mirrors.push_back({mirror.reference.name(),
                         [open, mirror] { return open(mirror.reference, false, mirror.insecure); },
                         mirror.for_tags, mirror.for_digests});
    return std::make_unique<MirroredSource>(std::move(mirrors), std::move(origin),
                                            reference.digest.has_value(), options.store.parent_path(),
                                            reporter);
  }

  std::unique_ptr<Transport> make_transport() {
    TransportOptions transport_options{options.user_agent};
    transport_options.identity = [this](const std::string& authority) {
      return certificates.find(authority);
    };
    return std::make_unique<CurlTransport>(std::move(transport_options), stop);
  }

  AccessOptions options;
  Reporter& reporter;
  std::stop_token stop;
  Certificates certificates;
  ConnectRules rules;
  RegistriesConf registries;
  CredentialStore credentials;
  std::mutex mutex;
  std::unique_ptr<Transport> transport;
  std::map<std::string, std::shared_ptr<RegistryClient>> clients;
};

Access::Access(AccessOptions options, Reporter& reporter, std::stop_token stop)
    : shared_(std::make_shared<Shared>(std::move(options), reporter, std::move(stop))) {}
Access::~Access() = default;

std::unique_ptr<ImageSource> Access::source(const Place& place) {
  if (place.kind == Place::Kind::layout) return open_layout(place);
  if (place.kind == Place::Kind::store) return open_store(place, shared_->options.store);
  return shared_->registry_source(*place.reference);
}

std::unique_ptr<ImageDestination> Access::destination(const Place& place) {
  using Durability = AtomicFile::Durability;
  if (place.kind == Place::Kind::layout)
    return std::make_unique<LayoutDestination>(Layout::open_or_create(place.folder, Durability::synced),
                                               std::string(), place.digest, place.text());
  if (place.kind == Place::Kind::store)
    return std::make_unique<LayoutDestination>(
        Layout::open_or_create(shared_->options.store, Durability::content), place.name + ':', place.digest,
        place.text());
  const bool insecure = shared_->registries.push(*place.reference);
  return std::make_unique<RegistryDestination>(shared_->client(place.reference->host, true, insecure),
                                               *place.reference);
}

}  // namespace whittle::registry
