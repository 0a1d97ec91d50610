// The bytes of a blob in a registry, over as many answers as it takes (RFC 9110, section 14: range requests).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "layers/descriptor.hpp"
#include "registry/client.hpp"

namespace whittle::registry {

// After a cut the blob is asked for at the registry's own URL again (a signed one may have expired,
// hostile.md, 164), from where it was cut. An answer that is anything but exactly that part is not used: the
// blob is read from its start, and what was given already is dropped. What is put together this way is not
// trusted: whoever reads it verifies the digest. A cut counts against the attempts of Retries unless a MiB
// came since the last one.
class ResumingSource final : public ByteSource {
 public:
  static constexpr std::uint64_t enough_progress = 1U << 20U;  // bytes

  // Borrows the client. `first` is the answer (200) to the request for the whole blob.
  ResumingSource(RegistryClient& client, std::string repository, layers::Descriptor blob, Response first)
      : client_(client),
        repository_(std::move(repository)),
        blob_(std::move(blob)),
        body_(std::move(first.body)) {}
  // Error(integrity) when the registry's blob ends before its size, again and again (hostile.md, 132).
  std::size_t read(MutableBytes buffer) override;

 private:
  std::size_t read_on(MutableBytes buffer);
  bool recover(const RegistryError& error);
  void reopen();
  std::string naming() const;
  [[noreturn]] void fail_short() const;

  RegistryClient& client_;
  std::string repository_;
  layers::Descriptor blob_;
  std::unique_ptr<ByteSource> body_;
  std::uint64_t position_ = 0;   // of what was given
  std::uint64_t to_drop_ = 0;    // bytes of body_ that were given already
  std::uint64_t milestone_ = 0;  // position of the last progress that counted
  unsigned attempts_ = 1;        // since then
  unsigned short_ends_ = 0;      // in a row
};

// The request for a blob from that byte on.
Request blob_request(const RegistryClient& client, const std::string& repository, const Digest& digest,
                     std::uint64_t from);

// A Content-Range of bytes (RFC 9110, section 14.4). Nothing for any other form.
struct ContentRange {
  std::uint64_t first;
  std::uint64_t last;
  std::optional<std::uint64_t> total;
  bool operator==(const ContentRange&) const = default;
};
std::optional<ContentRange> parse_content_range(std::string_view field);

}  // namespace whittle::registry
