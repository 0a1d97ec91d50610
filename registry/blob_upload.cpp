#include "registry/blob_upload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "common/error.hpp"
#include "registry/answers.hpp"
#include "registry/outcome.hpp"
#include "registry/resuming_source.hpp"
#include "registry/retrying_transport.hpp"

namespace whittle::registry {
namespace {

constexpr int too_large = 413;

// The last byte that an upload session has, by its Range field "0-N" (distribution-spec, "Pushing a blob in
// chunks").
std::optional<std::uint64_t> stored_until(const Response& response) {
  const auto field = response.headers.find("Range");
  if (!field || !field->starts_with("0-")) return std::nullopt;
  const auto text = field->substr(2);
  std::uint64_t last = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), last);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return last;
}

// Whether the blob may be there in spite of an error. A session that is gone may have been committed.
bool may_be_stored(const RegistryError& error) {
  return outcome_of(error) == Outcome::unclear || error.status() == 404;
}

}  // namespace

void check_stored(const Response& response, const Digest& expected, std::string_view what) {
  const auto stated = stated_digest(response);
  if (stated && stated->algorithm() == expected.algorithm() && *stated != expected)
    throw Error(ErrorKind::integrity, fmt::format("{}: the registry stored {}, sent was {}", what,
                                                  stated->text(), expected.text()));
}

// Bytes [position, position + size) of the blob, once more for every request that has to be sent again.
class BlobUpload::PartSource final : public ByteSource {
 public:
  PartSource(Parts& parts, std::uint64_t position, std::uint64_t size)
      : parts_(parts), position_(position), rest_(size) {}
  std::size_t read(MutableBytes buffer) override {
    if (rest_ == 0) return 0;
    const auto count = parts_.read(
        position_, buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), rest_))));
    position_ += count;
    rest_ -= count;
    return count;
  }

 private:
  Parts& parts_;
  std::uint64_t position_;
  std::uint64_t rest_;
};

std::size_t BlobUpload::Parts::read(std::uint64_t position, MutableBytes buffer) {
  if (!source_ || at_ != position) seek(position);
  const auto count = source_->read(buffer);
  at_ += count;
  return count;
}

void BlobUpload::Parts::seek(std::uint64_t position) {
  if (!source_ || at_ > position) {
    source_ = open_();
    at_ = 0;
  }
  std::vector<std::byte> buffer(stream_buffer_size);
  while (at_ < position) {
    const auto count = source_->read(MutableBytes(buffer).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), position - at_))));
    if (count == 0) throw Error(ErrorKind::internal, "a blob became shorter while it was sent");
    at_ += count;
  }
}

std::string BlobUpload::naming() const {
  return fmt::format("the upload of {} to {}", blob_.digest.text(), repository_);
}

void BlobUpload::run(std::optional<Url> session) {
  for (;;) {
    try {
      return attempt(std::exchange(session, std::nullopt));
    } catch (RegistryError& error) {
      if (may_be_stored(error) && is_there()) return;  // although its answer was lost
      if (!goes_on(error)) throw;
    }
  }
}

// Decides what a failed attempt means; waits where the next one should not follow at once.
bool BlobUpload::goes_on(RegistryError& error) {
  if (error.kind() == ErrorKind::integrity || error.kind() == ErrorKind::interrupted) return false;
  if (chunks_help(error)) return true;
  if (error.has_code("DIGEST_INVALID") && !std::exchange(sent_twice_, true)) return true;  // hostile.md, 151
  if (!error.retryable()) return false;
  const Retries::Failure failure{++attempts_, error.status() == 429, pause_,
                                 fmt::format("{}: {}", naming(), error.message())};
  if (client_.retries().again(client_.url("").origin(), failure)) return true;
  error.given_up();
  if (attempts_ > 1) error.hint(fmt::format("it was tried {} times", attempts_));
  return false;
}

// Whether smaller bodies may be taken where one was too large.
bool BlobUpload::chunks_help(const RegistryError& error) {
  if (error.status() != too_large) return false;
  if (!in_chunks_) {
    in_chunks_ = blob_.size > options_.smallest_chunk;
    while (chunk_ >= blob_.size && chunk_ > options_.smallest_chunk) chunk_ /= 2;
    return in_chunks_;
  }
  if (chunk_ / 2 < options_.smallest_chunk) return false;
  chunk_ /= 2;
  return true;
}

void BlobUpload::attempt(std::optional<Url> session) {
  pause_.reset();
  if (in_chunks_) return send_chunks();
  if (!session) return send_whole(start());
  try {
    send_whole(std::move(*session));
  } catch (const RegistryError& error) {
    // A session that a refused mount had opened may have been closed meanwhile.
    if (error.status() != 404) throw;
    send_whole(start());
  }
}

Url BlobUpload::start() {
  const Request request{"POST", client_.url(fmt::format("{}/blobs/uploads/", repository_))};
  auto response = client_.send(request, scopes_, repository_);
  if (response.status != 202) refuse(request, response);
  discard(response);
  if (const auto field = response.headers.find("OCI-Chunk-Min-Length")) {
    std::uint64_t least = 0;
    std::from_chars(field->data(), field->data() + field->size(), least);
    chunk_ = std::min(std::max(chunk_, least), options_.largest_chunk);
  }
  return client_.location_of(response, "starting " + naming());
}

void BlobUpload::send_whole(Url session) {
  try {
    commit(session, RequestBody{open_, blob_.size});
  } catch (const RegistryError& error) {
    if (error.status() != 404) cancel(session);
    throw;
  }
}

void BlobUpload::commit(const Url& session, std::optional<RequestBody> body) {
  Request request{"PUT", session.with_parameter("digest", blob_.digest.text())};
  request.headers.add("Content-Type", "application/octet-stream");
  request.body = std::move(body);
  request.repeatable = false;
  auto response = client_.send(request, scopes_, repository_);
  if (response.status != 201) refuse(request, response);
  discard(response);
  check_stored(response, blob_.digest, naming());
}

void BlobUpload::send_chunks() {
  Url session = start();
  try {
    Parts parts(open_);
    for (std::uint64_t position = 0; position < blob_.size;) {
      const auto size = std::min(chunk_, blob_.size - position);
      session = send_chunk(session, parts, position, size);
      position += size;
    }
    commit(session, std::nullopt);
  } catch (const RegistryError&) {
    cancel(session);
    throw;
  }
}

// Returns where the session goes on.
Url BlobUpload::send_chunk(const Url& session, Parts& parts, std::uint64_t position, std::uint64_t size) {
  const auto end = position + size;
  Request request{"PATCH", session};
  request.headers.add("Content-Type", "application/octet-stream");
  request.headers.add("Content-Range", fmt::format("{}-{}", position, end - 1));
  request.body = RequestBody{[&] { return std::make_unique<PartSource>(parts, position, size); }, size};
  request.repeatable = false;
  std::optional<Response> response;
  try {
    response = client_.send(request, scopes_, repository_);
  } catch (const RegistryError& error) {
    if (!error.retryable()) throw;
    if (auto next = ask_for_chunk(session, end)) return std::move(*next);
    throw;
  }
  if (response->status != 202) refuse(request, *response);
  discard(*response);
  if (stored_until(*response) != end - 1)
    throw RegistryError(ErrorKind::registry,
                        fmt::format("{}: after {} bytes the registry states Range {}", naming(), end,
                                    response->headers.find("Range").value_or("nothing")),
                        {.status = 202, .url = session.redacted()});
  return client_.location_of(*response, naming());
}

// What goes wrong with the question is not worth telling: the first error is.
bool BlobUpload::is_there() {
  try {
    return is_there_();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    return false;
  }
}

// Asks a session whose last answer was lost whether it has all up to `end` (hostile.md, 146).
std::optional<Url> BlobUpload::ask_for_chunk(const Url& session, std::uint64_t end) {
  auto response = client_.send({"GET", session}, scopes_, repository_);
  discard(response);
  if (response.status != 204 || stored_until(response) != end - 1) return std::nullopt;
  return response.headers.find("Location") ? client_.location_of(response, naming()) : session;
}

// The registry would remove it some day; a refusal changes nothing.
void BlobUpload::cancel(const Url& session) noexcept {
  try {
    Request request{"DELETE", session};
    request.repeatable = false;
    auto response = client_.send(request, scopes_, repository_);
    discard(response);
  } catch (const std::exception&) {
    // including an interruption: the next step notices that itself
  }
}

void BlobUpload::refuse(const Request& request, Response& response) {
  pause_ = failure_of(response, {}, attempts_).pause;
  client_.refuse(request, response, repository_);
}

}  // namespace whittle::registry
