// Connects to a server of the Remote Execution API, through the module that knows gRPC.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "remote/remote_execution.hpp"

namespace whittle::remote {

// Where and how. Values of headers are secrets: they are sent and never shown.
struct ConnectOptions {
  std::string host = {};      // HOST:PORT
  bool tls = false;           // grpcs
  std::string instance = {};  // "instance_name"; mostly empty
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string authorities = {};                 // PEM; empty: those that gRPC knows
  std::string certificate = {};                 // PEM, of the client; with `key`
  std::string key = {};                         // PEM
  std::chrono::milliseconds call_time{60'000};  // of a call without a stream
  // After that a stream that waits for an execution is cut, to be taken up again: whoever is gone is noticed.
  std::chrono::milliseconds wait_time{120'000};
  std::stop_token stop = {};
};

// "grpc://HOST[:PORT][/INSTANCE]" or "grpcs://…". Error(usage).
ConnectOptions parse_url(const std::string& url);

// `module` is the file of the module. Error(unsupported) when it cannot be loaded. Nothing is sent yet.
std::unique_ptr<RemoteExecution> connect(const ConnectOptions& options, const std::filesystem::path& module);

// What the module has to offer: a function of this name and type. The number is that of the seam.
inline constexpr const char* connect_symbol = "whittle_remote_connect_1";
using ConnectFunction = RemoteExecution*(const ConnectOptions&);

}  // namespace whittle::remote
