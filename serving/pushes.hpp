// The distribution specification for those who push ("Push"): what each request that writes is answered with.
#pragma once

#include <optional>
#include <string>

#include "common/bytes.hpp"
#include "common/digest.hpp"
#include "serving/answer.hpp"
#include "serving/request.hpp"
#include "serving/route.hpp"
#include "serving/served_store.hpp"
#include "serving/uploads.hpp"

namespace whittle::serving {

// Thread-safe; borrows both. Uploads in one piece, in chunks and by mounting, and manifests; nothing is
// deleted.
class Pushes {
 public:
  Pushes(ServedStore& store, Uploads& uploads) : store_(store), uploads_(uploads) {}

  // Whether it is about an upload, or writes.
  static bool concerns(const Request& request, const Route& route);
  // Reads the body as far as it is used. Throws what reading and storing throw.
  Answer answer(const Request& request, const Route& route, ByteSource& body);

 private:
  Answer write(const Request& request, const Route& route, ByteSource& body);
  Answer begin(const Request& request, const std::string& repository, ByteSource& body);
  Answer go_on(const Request& request, const std::string& repository, const std::string& name,
               ByteSource& body);
  Answer finish(const std::string& repository, Uploads::Held upload, const std::string& digest);
  Answer put_manifest(const Request& request, const Route& route, ByteSource& body);

  ServedStore& store_;
  Uploads& uploads_;
};

}  // namespace whittle::serving
