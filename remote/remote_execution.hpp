// The seam to a server of the Remote Execution API, version 2 (build.bazel.remote.execution.v2): its calls,
// one each, in types of our own. What is sent again, checked or put together lies on this side of it; gRPC
// lies on the other, in a module that is loaded when it is first needed (remote/connect.hpp). Failures are
// values: no exception of ours leaves the module.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes.hpp"

namespace whittle::remote {

// What is stored is named by its SHA-256 (lower-case hex) and its size in bytes ("Digest").
struct BlobId {
  std::string hash;
  std::uint64_t size = 0;
  auto operator<=>(const BlobId&) const = default;
};

// The numbers are those of gRPC.
enum class Code {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

struct Status {
  Code code = Code::ok;
  std::string message = {};  // the server's: foreign text
  // Subjects of violations of type MISSING ("Execution.Execute"): "blobs/HASH/SIZE".
  std::vector<std::string> missing = {};
  std::optional<std::chrono::milliseconds> retry_after = {};
  bool ok() const { return code == Code::ok; }
};

struct Capabilities {
  bool sha256 = false;
  bool executes = false;            // with SHA-256
  bool zstd = false;                // of streams
  std::uint64_t largest_batch = 0;  // bytes; 0: no limit
};

struct OutputFile {
  std::string path;
  BlobId blob;
  std::string contents = {};  // where the server sent it along
};

struct ActionResult {
  int exit_code = 0;
  std::vector<OutputFile> files = {};
  std::string errors = {};  // stderr, where the server sent it along
  std::string worker = {};
};

// How a call of Execute or WaitExecution ended.
struct Execution {
  Status status = {};          // of the stream, else of the execution
  bool is_done = false;        // the execution ended: `result` or its failure counts
  bool is_cached = false;      // nothing ran
  std::string operation = {};  // its name, once the server told one
  std::optional<ActionResult> result = {};
};

struct BlobBytes {
  BlobId id;
  std::string bytes;
};

// Bytes of a stream as they arrive. `count` 0 with a status that is ok is the end.
class BlobReader {
 public:
  virtual ~BlobReader() = default;
  virtual Status read(MutableBytes buffer, std::size_t& count) = 0;
};

// Thread-safe. Results are filled where the status is ok. Calls end when the token asks that the connection
// was made with, and at their deadlines.
class RemoteExecution {
 public:
  virtual ~RemoteExecution() = default;
  virtual Status capabilities(Capabilities& into) = 0;
  virtual Status find_missing(const std::vector<BlobId>& blobs, std::vector<BlobId>& missing) = 0;
  // One status for each blob, in their order.
  virtual Status update(const std::vector<BlobBytes>& blobs, std::vector<Status>& each) = 0;
  // Of those that the server has; the others are left out.
  virtual Status read(const std::vector<BlobId>& blobs, std::vector<BlobBytes>& found) = 0;
  // ByteStream.Write: `resource` without the instance's name. What `bytes` throws passes through.
  virtual Status write(const std::string& resource, ByteSource& bytes, std::uint64_t& committed) = 0;
  virtual std::unique_ptr<BlobReader> open(const std::string& resource, std::uint64_t size) = 0;
  // `inlined` are output files whose contents are wanted along with it.
  virtual Status action_result(const BlobId& action, const std::vector<std::string>& inlined,
                               ActionResult& into) = 0;
  virtual Execution execute(const BlobId& action, bool skip_cache) = 0;
  virtual Execution wait(const std::string& operation) = 0;
};

}  // namespace whittle::remote
