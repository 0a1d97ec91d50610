#include "remote/storage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "common/digest.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/compression.hpp"
#include "remote/blob_stream.hpp"

namespace whittle::remote {
namespace {

constexpr std::size_t names_at_once = 10'000;        // of FindMissingBlobs: below 1 MB
constexpr std::uint64_t usual_batch = 2U << 20U;     // bytes: gRPC's receivers take messages of 4 MiB
constexpr std::uint64_t worth_a_stream = 1U << 20U;  // bytes
constexpr unsigned streams_at_once = 4;

std::string contents(const BlobId& blob, const OpenSource& open) {
  VerifiedSource source(open(), Digest::parse("sha256:" + blob.hash), blob.size, "an input of the build");
  return read_all(source, blob.size, "an input of the build");
}

Error changed(const Error& error) {
  return Error(ErrorKind::conflict, fmt::format("a file changed while it was sent: {}", error.message()))
      .hint("run the command again");
}

// A name of an upload that no other has ("ContentAddressableStorage": a UUID). It reaches no byte of an
// image.
std::string upload_name() {
  std::random_device random;
  const auto part = [&] { return static_cast<unsigned>(random()); };
  const auto a = part();
  const auto b = part();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:08x}{:04x}", part(), a & 0xffffU, a >> 16U & 0xfffU,
                     8U | (b & 3U), b >> 4U & 0xfffU, part(), b >> 16U);
}

}  // namespace

std::vector<BlobId> Storage::missing(const std::vector<BlobId>& blobs) {
  std::vector<BlobId> all;
  for (std::size_t begin = 0; begin < blobs.size(); begin += names_at_once) {
    const auto end = std::min(begin + names_at_once, blobs.size());
    const std::vector<BlobId> some(blobs.begin() + static_cast<std::ptrdiff_t>(begin),
                                   blobs.begin() + static_cast<std::ptrdiff_t>(end));
    std::vector<BlobId> found;
    calls_.require("asking which files it has", [&] {
      found.clear();
      return remote_.find_missing(some, found);
    });
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

std::uint64_t Storage::send(const BlobSet& set) {
  const std::lock_guard lock(sending_);
  std::vector<BlobId> names;
  for (const auto& [id, open] : set.blobs()) names.push_back(id);
  auto lacking = missing(names);
  std::sort(lacking.begin(), lacking.end(), [](const BlobId& a, const BlobId& b) { return a.size < b.size; });
  const auto largest =
      capabilities_.largest_batch == 0 ? usual_batch : std::min(usual_batch, capabilities_.largest_batch);
  std::vector<std::vector<BlobId>> batches;
  std::vector<BlobId> large;
  std::uint64_t total = 0;
  std::uint64_t batch_size = 0;
  for (const auto& blob : lacking) {
    if (!set.blobs().contains(blob)) continue;  // nobody asked about it
    constexpr std::uint64_t around = 128;       // bytes of a message about each blob
    const auto size = blob.size + around;
    total += blob.size;
    if (blob.size >= worth_a_stream || size > largest) {
      large.push_back(blob);
      continue;
    }
    if (batches.empty() || batch_size + size > largest) {
      batches.emplace_back();
      batch_size = 0;
    }
    batches.back().push_back(blob);
    batch_size += size;
  }
  try {
    parallel_for(batches.size() + large.size(), streams_at_once, calls_.stop(), [&](std::size_t i) {
      if (i < batches.size()) return send_small(batches[i], set);
      const auto& blob = large[i - batches.size()];
      send_stream(blob, set.blobs().at(blob));
    });
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::integrity) throw changed(error);
    throw;
  }
  return total;
}

void Storage::send_small(const std::vector<BlobId>& blobs, const BlobSet& set) {
  std::vector<BlobBytes> bytes;
  for (const auto& blob : blobs) bytes.push_back({blob, contents(blob, set.blobs().at(blob))});
  calls_.require("sending files", [&] {
    std::vector<Status> each;
    const auto status = remote_.update(bytes, each);
    if (!status.ok()) return status;
    // Those that were taken need not be sent again.
    std::vector<BlobBytes> left;
    Status failure;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (each[i].ok() || each[i].code == Code::already_exists) continue;
      failure = each[i];
      left.push_back(std::move(bytes[i]));
    }
    if (!left.empty()) bytes = std::move(left);
    return failure;
  });
}

void Storage::send_stream(const BlobId& blob, const OpenSource& open) {
  const auto digest = Digest::parse("sha256:" + blob.hash);
  const auto form = capabilities_.zstd ? "compressed-blobs/zstd" : "blobs";
  calls_.require("sending a file", [&] {
    auto bytes = std::unique_ptr<ByteSource>(
        std::make_unique<VerifiedSource>(open(), digest, blob.size, "an input of the build"));
    if (capabilities_.zstd) bytes = compressing(std::move(bytes));
    std::uint64_t committed = 0;
    const auto name = fmt::format("uploads/{}/{}/{}/{}", upload_name(), form, blob.hash, blob.size);
    return remote_.write(name, *bytes, committed);
  });
}

std::string Storage::read(const BlobId& blob, std::size_t limit, std::string_view what) {
  if (blob.size > limit)
    throw Error(ErrorKind::limit,
                fmt::format("{} has {} bytes; at most {} are read", what, blob.size, limit));
  auto source = open(blob, std::string(what), false);
  return read_all(*source, limit, std::string(what));
}

std::unique_ptr<ByteSource> Storage::open(const BlobId& blob, std::string what, bool compressed) {
  auto bytes = open_stream(remote_, calls_, blob, what, compressed && capabilities_.zstd);
  return std::make_unique<VerifiedSource>(std::move(bytes), Digest::parse("sha256:" + blob.hash), blob.size,
                                          std::move(what));
}

}  // namespace whittle::remote
