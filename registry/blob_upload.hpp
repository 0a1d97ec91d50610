// Sends one blob to a repository, whatever happens on the way (distribution-spec, "Pushing Blobs").
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "layers/descriptor.hpp"
#include "registry/client.hpp"

namespace whittle::registry {

// In one request: many registries cannot resume an upload, and the blob can be read again. After an answer
// that was lost or unclear the registry is asked whether it has the blob; if not, all of it is sent again in
// a session of its own, and nothing is ever appended on a guess (hostile.md, 145 to 148). Only where a body
// of that size is refused does the blob go in chunks. Borrows everything it is given.
class BlobUpload {
 public:
  struct Options {
    std::uint64_t first_chunk = 32U << 20U;      // bytes; halved as long as the registry refuses it
    std::uint64_t smallest_chunk = 256U << 10U;  // bytes
    std::uint64_t largest_chunk = 256U << 20U;   // bytes, whatever OCI-Chunk-Min-Length asks for
  };

  // `open` gives the blob anew each time, and verifies it; `is_there` asks the registry for it.
  BlobUpload(RegistryClient& client, const std::string& repository, const Scopes& scopes,
             const layers::Descriptor& blob, const OpenSource& open, const std::function<bool()>& is_there)
      : BlobUpload(client, repository, scopes, blob, open, is_there, Options()) {}
  BlobUpload(RegistryClient& client, const std::string& repository, const Scopes& scopes,
             const layers::Descriptor& blob, const OpenSource& open, const std::function<bool()>& is_there,
             Options options)
      : client_(client),
        repository_(repository),
        scopes_(scopes),
        blob_(blob),
        open_(open),
        is_there_(is_there),
        options_(options),
        chunk_(options.first_chunk) {}

  // `session` is one that is open already. Throws when the blob is not there at the end.
  void run(std::optional<Url> session);

 private:
  // One stream over the blob that serves parts in order, and starts again for one that lies behind.
  class Parts {
   public:
    explicit Parts(const OpenSource& open) : open_(open) {}
    std::size_t read(std::uint64_t position, MutableBytes buffer);

   private:
    void seek(std::uint64_t position);
    const OpenSource& open_;
    std::unique_ptr<ByteSource> source_;
    std::uint64_t at_ = 0;
  };
  class PartSource;

  void attempt(std::optional<Url> session);
  void send_whole(Url session);
  void send_chunks();
  Url send_chunk(const Url& session, Parts& parts, std::uint64_t position, std::uint64_t size);
  std::optional<Url> ask_for_chunk(const Url& session, std::uint64_t end);
  void commit(const Url& session, std::optional<RequestBody> body);
  Url start();
  void cancel(const Url& session) noexcept;
  bool is_there();
  bool goes_on(RegistryError& error);
  bool chunks_help(const RegistryError& error);
  [[noreturn]] void refuse(const Request& request, Response& response);
  std::string naming() const;

  RegistryClient& client_;
  const std::string& repository_;
  const Scopes& scopes_;
  const layers::Descriptor& blob_;
  const OpenSource& open_;
  const std::function<bool()>& is_there_;
  const Options options_;
  std::uint64_t chunk_;  // bytes
  bool in_chunks_ = false;
  bool sent_twice_ = false;  // after a digest that the registry did not believe
  unsigned attempts_ = 0;
  std::optional<RetryPolicy::Time> pause_;  // that the last refusal asked for
};

// Error(integrity) when the registry states that it stored something else (hostile.md, 150).
void check_stored(const Response& response, const Digest& expected, std::string_view what);

}  // namespace whittle::registry
