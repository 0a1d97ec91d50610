#include "remote/grpc_streams.hpp"

#include <algorithm>
#include <cstring>

#include "remote/grpc_values.hpp"

namespace whittle::remote {
namespace {

constexpr std::size_t part_size = 256U << 10U;  // bytes of a message; gRPC's receivers take 4 MiB

std::size_t fill(ByteSource& bytes, std::string& part) {
  part.resize(part_size);
  std::size_t size = 0;
  while (size < part.size()) {
    const auto read = bytes.read(std::as_writable_bytes(std::span(part)).subspan(size));
    if (read == 0) break;
    size += read;
  }
  part.resize(size);
  return size;
}

}  // namespace

std::chrono::milliseconds stream_time(const ConnectOptions& options, std::uint64_t size) {
  constexpr std::uint64_t slowest = 256;  // bytes a millisecond
  return options.call_time + std::chrono::milliseconds(size / slowest);
}

GrpcReader::GrpcReader(google::bytestream::ByteStream::Stub& stub, const ConnectOptions& options,
                       const std::string& name, std::uint64_t size)
    : call_(options, stream_time(options, size)) {
  google::bytestream::ReadRequest request;
  request.set_resource_name(name);
  stream_ = stub.Read(call_.context(), request);
}

// One that was not read to its end is of no use to anybody.
GrpcReader::~GrpcReader() {
  if (is_over_) return;
  call_.cancel();
  static_cast<void>(stream_->Finish());
}

Status GrpcReader::read(MutableBytes buffer, std::size_t& count) {
  count = 0;
  while (position_ == part_.data().size()) {
    if (is_over_) return {};
    position_ = 0;
    if (stream_->Read(&part_)) continue;
    part_.clear_data();
    is_over_ = true;
    return status_of(stream_->Finish());
  }
  count = std::min(buffer.size(), part_.data().size() - position_);
  std::memcpy(buffer.data(), part_.data().data() + position_, count);
  position_ += count;
  return {};
}

// A server that has the blob already may answer before it has all of it ("ContentAddressableStorage").
Status write_stream(google::bytestream::ByteStream::Stub& stub, const ConnectOptions& options,
                    const std::string& name, ByteSource& bytes, std::uint64_t& committed) {
  constexpr std::uint64_t unknown_size = 1ULL << 30U;
  GrpcCall call(options, stream_time(options, unknown_size));
  google::bytestream::WriteResponse response;
  const auto stream = stub.Write(call.context(), &response);
  google::bytestream::WriteRequest request;
  request.set_resource_name(name);
  std::int64_t offset = 0;
  try {
    std::string part;
    std::string next;
    fill(bytes, part);
    for (bool is_last = false; !is_last; part.swap(next)) {
      is_last = fill(bytes, next) == 0;
      request.set_write_offset(offset);
      request.set_finish_write(is_last);
      offset += static_cast<std::int64_t>(part.size());
      request.set_data(std::move(part));
      if (!stream->Write(request)) break;
      request.clear_resource_name();
    }
  } catch (...) {
    call.cancel();
    static_cast<void>(stream->Finish());
    throw;
  }
  stream->WritesDone();
  const auto status = status_of(stream->Finish());
  committed = static_cast<std::uint64_t>(std::max<std::int64_t>(response.committed_size(), 0));
  return status;
}

}  // namespace whittle::remote
