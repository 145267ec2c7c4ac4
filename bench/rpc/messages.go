package main

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/spinoff-go/spinoff/bench/rpc/rpcpb"
	"github.com/spinoff-go/spinoff/bench/workload"
)

// protoOfSmall and protoOfBig return the messages of the workload for those that speak Protocol Buffers.
func protoOfSmall(s workload.Small) *rpcpb.Small {
	return &rpcpb.Small{Question: s.Question, Source: s.Source, Related: s.Related}
}

func protoOfBig(b workload.Big) *rpcpb.Big {
	out := &rpcpb.Big{Title: b.Title, Text: b.Text, Tags: b.Tags, Extra: b.Extra, At: timestamppb.New(b.At)}
	for _, l := range b.Lines {
		out.Lines = append(out.Lines, &rpcpb.Line{Name: l.Name, Price: l.Price, Note: l.Note})
	}
	return out
}

func protoSmall(_ context.Context, in *rpcpb.Small) (*rpcpb.SmallAnswer, error) {
	return &rpcpb.SmallAnswer{Id: in.GetSource(), Question: in.GetQuestion(), Status: "draft"}, nil
}

func protoBig(_ context.Context, in *rpcpb.Big) (*rpcpb.BigAnswer, error) {
	return &rpcpb.BigAnswer{Id: 1, Big: in}, nil
}
