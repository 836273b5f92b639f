import protobuf from "protobufjs/light.js";

/**
 * What TensorBoard reads: the fields of tensorflow/core/util/event.proto and framework/summary.proto that scalars need.
 */
export const Event = protobuf.Root.fromJSON({
  nested: {
    Event: {
      fields: {
        wallTime: { type: "double", id: 1 },
        step: { type: "int64", id: 2 },
        fileVersion: { type: "string", id: 3 },
        summary: { type: "Summary", id: 5 },
        sessionLog: { type: "SessionLog", id: 7 },
      },
    },
    Summary: { fields: { value: { rule: "repeated", type: "Value", id: 1 } } },
    Value: {
      oneofs: { value: { oneof: ["simpleValue"] } }, // else a value of 0 is left out
      fields: { tag: { type: "string", id: 1 }, simpleValue: { type: "float", id: 2 } },
    },
    SessionLog: { fields: { status: { type: "Status", id: 1 } } },
    Status: { values: { STATUS_UNSPECIFIED: 0, START: 1, STOP: 2, CHECKPOINT: 3 } },
  },
}).lookupType("Event");
