// The store of a running Docker daemon, over its socket (Docker Engine API, "Images"): `docker-daemon:REF`.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "registry/archive.hpp"
#include "registry/http.hpp"
#include "registry/reference.hpp"
#include "registry/tar_image.hpp"

namespace whittle::registry {

inline constexpr std::size_t load_answer_limit = 1U << 20U;  // bytes

// Thread-safe.
class DockerDaemon {
 public:
  DockerDaemon(std::filesystem::path socket, std::string user_agent, std::stop_token stop);
  ~DockerDaemon();

  // What `docker save` would write, kept in a nameless file in `scratch`. Error(not_found) when the daemon
  // has no such image.
  std::shared_ptr<const Archive> save(const Reference& reference, const std::filesystem::path& scratch,
                                      const Limits& limits = {});
  // Loads what `docker load` would. Whatever the daemon refuses is Error(registry).
  void load(const TarImage& image);

 private:
  Response send(const Request& request);
  std::filesystem::path socket_;
  std::stop_token stop_;
  std::unique_ptr<Transport> transport_;
};

}  // namespace whittle::registry
