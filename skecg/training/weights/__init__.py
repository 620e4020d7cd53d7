"""Transfer of trained weights, and the choice of the stages that go on learning."""
