// Blobs as streams (google.bytestream). Of the module alone.
#pragma once

#include <memory>
#include <string>

#include "remote/connect.hpp"
#include "remote/grpc_call.hpp"
#include "remote/protocol/bytestream.grpc.pb.h"
#include "remote/remote_execution.hpp"

namespace whittle::remote {

// How long a stream of that many bytes may take: at least 256 kB a second are asked of a connection.
std::chrono::milliseconds stream_time(const ConnectOptions& options, std::uint64_t size);

class GrpcReader final : public BlobReader {
 public:
  GrpcReader(google::bytestream::ByteStream::Stub& stub, const ConnectOptions& options,
             const std::string& name, std::uint64_t size);
  ~GrpcReader() override;
  Status read(MutableBytes buffer, std::size_t& count) override;

 private:
  GrpcCall call_;
  std::unique_ptr<grpc::ClientReader<google::bytestream::ReadResponse>> stream_;
  google::bytestream::ReadResponse part_;
  std::size_t position_ = 0;  // in part_
  bool is_over_ = false;
};

Status write_stream(google::bytestream::ByteStream::Stub& stub, const ConnectOptions& options,
                    const std::string& name, ByteSource& bytes, std::uint64_t& committed);

}  // namespace whittle::remote
