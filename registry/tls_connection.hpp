// TLS as a client, over a connection (OpenSSL).
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "registry/certificates.hpp"
#include "registry/connection.hpp"

struct ssl_st;      // OpenSSL's SSL
struct ssl_ctx_st;  // and SSL_CTX

namespace whittle::registry {

class TlsConnection final : public Connection {
 public:
  // TLS 1.2 or later with `host`, whose certificate must be for it unless the settings say otherwise.
  // Error(machine_limit).
  TlsConnection(std::unique_ptr<Connection> below, ssl_ctx_st& settings, const std::string& host);
  ~TlsConnection() override;

  // Goes on with opening TLS, to be called until it has `moved`; `awaits` is then POLLIN or POLLOUT.
  Moved open();
  short open_awaits() const { return read_awaits_; }
  // Whether opening failed because the certificate was not believed.
  bool is_distrusted() const { return distrusted_; }

  Moved read(MutableBytes buffer) override;
  Moved write(Bytes bytes) override;
  short read_awaits() const override { return read_awaits_; }
  short write_awaits() const override { return write_awaits_; }
  const std::string& why() const override { return why_; }
  int socket() const override { return below_->socket(); }

 private:
  struct Free {
    void operator()(ssl_st* ssl) const;
  };
  Moved outcome(int result, std::size_t count, short& awaits);
  void explain();

  std::unique_ptr<Connection> below_;
  std::unique_ptr<ssl_st, Free> ssl_;
  std::string host_;
  bool distrusted_ = false;
  short read_awaits_ = POLLIN;
  short write_awaits_ = POLLOUT;
  std::string why_;
};

// The settings of connections, which are made once for each identity. Thread-safe.
class TlsSettings {
 public:
  // A file with the authorities that count for all hosts; "" for none.
  explicit TlsSettings(std::filesystem::path authorities) : authorities_(std::move(authorities)) {}
  // For connections with that identity, which may be none. Valid as long as this object.
  ssl_ctx_st& of(const std::shared_ptr<const TlsIdentity>& identity);

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  using Context = std::unique_ptr<ssl_ctx_st, Free>;
  Context make(const TlsIdentity& identity) const;

  std::filesystem::path authorities_;
  std::mutex mutex_;
  std::map<std::shared_ptr<const TlsIdentity>, Context> made_;
};

}  // namespace whittle::registry
